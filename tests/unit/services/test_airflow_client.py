"""What the client says when Airflow is not there. That it works is shown with a real Airflow, in tests/integration."""

import pytest

from leeway.errors import ServiceError
from leeway.services import airflow_client, ports


@pytest.fixture
def client():
    made = airflow_client.AirflowClient(f"http://{ports.HOST}:{ports.free()}", user="admin", password="irrelevant")
    yield made
    made.close()


def test_an_airflow_that_does_not_answer_is_an_error_with_its_address(client):
    with pytest.raises(ServiceError) as caught:
        client.dags()
    assert caught.value.code == "SVC040"
    assert client.url in str(caught.value)


def test_the_health_of_an_airflow_that_does_not_answer_is_unreachable_not_an_error(client):
    assert client.health() == dict.fromkeys(airflow_client.COMPONENTS, "unreachable")
