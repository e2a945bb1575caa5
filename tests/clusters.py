"""What `deploy/kubernetes` says, as objects: manifests, the values for Airflow's chart, and the pods they describe."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPO = Path(__file__).parents[1]
FOLDER = REPO / "deploy" / "kubernetes"
KUBERNETES = "1.34"
"""The version of Kubernetes whose schemas everything is held against."""
EXECUTORS = ("celery", "kubernetes")
SITE = "registry.example.com/leeway"

Tree = dict[str, Any]


def documents(text: str) -> list[Tree]:
    """The objects of a YAML stream."""
    return [found for found in yaml.safe_load_all(text) if found]


def manifests() -> list[Tree]:
    """Every object that `kubectl apply -k` would make, as it is in the files."""
    named = yaml.safe_load((FOLDER / "manifests" / "kustomization.yaml").read_text())["resources"]
    return [found for name in named for found in documents((FOLDER / "manifests" / name).read_text())]


def secrets(env_file: Path) -> list[Tree]:
    """What secrets.sh prints for that .env."""
    run = subprocess.run(
        ["sh", FOLDER / "secrets.sh", env_file],
        env={"PATH": "/usr/bin:/bin", "POSTGRES_HOST": "db.example.com"},
        capture_output=True,
        text=True,
        check=True,
    )
    return documents(run.stdout)


@lru_cache
def values(executor: str) -> Tree:
    """The values of one executor, laid over one another as Helm does: maps are merged, all else is replaced."""
    return merged(*(yaml.safe_load((FOLDER / name).read_text()) for name in ("values.yaml", f"values-{executor}.yaml")))


def merged(below: Tree, above: Tree) -> Tree:
    """One tree over another."""
    common = {name for name in below.keys() & above.keys() if isinstance(below[name], dict)}
    return {**below, **above, **{name: merged(below[name], above[name]) for name in common}}


def components(executor: str) -> dict[str, Tree]:
    """The values of each component of Airflow that runs with that executor, by the chart's name."""
    found = values(executor)
    named = {name: found[name] for name in ("scheduler", "apiServer", "dagProcessor", "triggerer")}
    jobs = {name: found[name] for name in ("migrateDatabaseJob", "databaseCleanup")}
    return {**named, **jobs, "workers": found["workers"][executor]}


def pod(executor: str, component: str) -> Tree:
    """A pod of what the chart copies, as it is, from the values into a component's pod.

    It is not what the chart renders: it holds these parts of the values against the schema of a pod.
    """
    found, own = values(executor), components(executor)[component]
    container = {
        "name": component.lower(),
        "image": f"{found['defaultAirflowRepository']}:{found['defaultAirflowTag']}",
        "env": own["env"],
        "envFrom": yaml.safe_load(found["extraEnvFrom"]),
        "resources": own["resources"],
        "securityContext": found["securityContexts"]["containers"],
        "volumeMounts": found["volumeMounts"],
    }
    command = own.get("livenessProbe", {}).get("command")
    if command:
        container["livenessProbe"] = {"exec": {"command": command}}
    account = {**found["workers"]["serviceAccount"], **own.get("serviceAccount", {})}
    spec = {
        "securityContext": found["securityContexts"]["pod"],
        "volumes": found["volumes"],
        "automountServiceAccountToken": account["automountServiceAccountToken"],
        "containers": [container],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": component.lower()}, "spec": spec}


def pods(found: Mapping[str, Any]) -> Iterator[Tree]:
    """The specs of the pods that an object would start."""
    if "containers" in found:
        yield dict(found)
    for below in found.values():
        if isinstance(below, dict):
            yield from pods(below)


def names_of(own: Mapping[str, Any]) -> set[str]:
    """The variables that a component gets of its own."""
    return {variable["name"] for variable in own["env"]}


def references(found: Any) -> Iterator[tuple[str, str]]:
    """Every Secret and key that something reads."""
    if isinstance(found, dict):
        if "secretKeyRef" in found:
            yield found["secretKeyRef"]["name"], found["secretKeyRef"]["key"]
        if "secretName" in found:
            yield from ((found["secretName"], item["key"]) for item in found.get("items", []))
    below = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    for one in below:
        yield from references(one)


def valid(found: Tree) -> None:
    """Hold an object against the schema of its kind; a field that the kind does not have counts as wrong."""
    kubernetes_validate.validate(found, KUBERNETES, strict=True)


def weaknesses(spec: Mapping[str, Any]) -> Iterator[str]:
    """What the Pod Security Standard 'restricted', or this project, does not allow in a pod."""
    whole = spec.get("securityContext", {})
    if not whole.get("runAsNonRoot"):
        yield "may run as root"
    if whole.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "may make any system call"
    if spec.get("automountServiceAccountToken") is not False:
        yield "is given a token for Kubernetes"
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        yield from (f"{container['name']} {why}" for why in _weaknesses(container))


def _weaknesses(container: Mapping[str, Any]) -> Iterator[str]:
    own, resources = container.get("securityContext", {}), container.get("resources", {})
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if own.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "keeps capabilities"
    if not own.get("readOnlyRootFilesystem"):
        yield "may write to its image"
    if "memory" not in resources.get("limits", {}):
        yield "may take all memory"
    if {"cpu", "memory"} - resources.get("requests", {}).keys():
        yield "asks for nothing, so it is evicted first"
