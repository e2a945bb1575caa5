"""Brings leeway's page and API into Airflow. Every Airflow process imports this file, so it imports next to nothing."""

from airflow.plugins_manager import AirflowPlugin

from leeway.console.mount import PREFIX, LazyApp, bundle, static


class LeewayPlugin(AirflowPlugin):
    """The page "Models", a tab on the DAGs of a model, and the API behind both."""

    name = "leeway"
    fastapi_apps = [{"app": LazyApp(), "url_prefix": PREFIX, "name": "leeway"}]
    react_apps = [
        {
            "name": "Models",
            "bundle_url": bundle("nav"),
            "destination": "nav",
            "url_route": "models",
            "nav_top_level": True,
            "icon": static("models.svg"),
            "icon_dark_mode": static("models-dark.svg"),
        },
        {"name": "Model", "bundle_url": bundle("dag"), "destination": "dag", "url_route": "model"},
    ]
