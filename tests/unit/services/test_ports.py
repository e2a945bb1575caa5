"""Ports are chosen before anything is started, and a taken one is reported with the variable that changes it."""

import socket

import pytest

from leeway.errors import ServiceError
from leeway.services import ports


@pytest.fixture
def listener():
    with socket.socket() as server:
        server.bind((ports.HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_refused_with_its_number_and_the_variable_to_set(listener):
    with pytest.raises(ServiceError) as caught:
        ports.choose(ports.AIRFLOW_PORT, {ports.AIRFLOW_PORT: str(listener)})
    assert caught.value.code == "SVC020"
    assert str(listener) in str(caught.value)
    assert ports.AIRFLOW_PORT in caught.value.do


def test_a_port_taken_on_all_interfaces_is_refused():
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        assert ports.taken(server.getsockname()[1])


def test_zero_takes_a_free_port():
    port = ports.choose(ports.MLFLOW_PORT, {ports.MLFLOW_PORT: "0"})
    assert port > 0
    assert not ports.taken(port)


@pytest.mark.parametrize("text", ["-1", "70000", "http", "80 80", "1e3"])
def test_what_is_no_port_is_refused(text):
    with pytest.raises(ServiceError) as caught:
        ports.choose(ports.AIRFLOW_PORT, {ports.AIRFLOW_PORT: text})
    assert caught.value.code == "SVC021"


def test_a_connection_that_was_just_closed_does_not_keep_a_port_taken():
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers of Airflow and MLflow do
        server.bind((ports.HOST, 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection((ports.HOST, port)):
            server.accept()[0].close()
    assert not ports.taken(port)
