"""A real S3 server for the tests: moto's, in a process of its own, which checks keys, signatures and rights."""

from __future__ import annotations

import itertools
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "leeway"
DOCS = Path(__file__).parents[1] / "docs" / "store.md"
_numbers = itertools.count(1)


class ObjectStore:
    """The server, a bucket, and two keys: one that may do what docs/store.md says, and one that may do all."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait(folder / "log")
        self._keys = {"aws_access_key_id": "anybody", "aws_secret_access_key": "before rights are checked"}
        self.client("s3").create_bucket(Bucket=BUCKET)
        (policy,) = re.findall(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
        self._least = self._key("leeway", policy)
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        self._keys = self._key("admin", json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
        self._ask("/moto-api/reset-auth", b"0")  # from the next request on, rights are checked

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process that uses the store."""
        return {**_variables(self._least), "AWS_ENDPOINT_URL": self.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}

    @property
    def admin_environment(self) -> dict[str, str]:
        """The same, of one who may do everything."""
        return {**self.environment, **_variables(self._keys)}

    def client(self, service: str) -> Any:
        """boto3's client of one who may do everything."""
        import boto3

        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", **self._keys)

    def stop(self) -> None:
        """Stop the server."""
        self._process.terminate()
        self._process.wait(30)

    def _key(self, user: str, policy: str) -> dict[str, str]:
        iam = self.client("iam")
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="rights", PolicyDocument=policy)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def _ask(self, path: str, data: bytes | None = None) -> None:
        request = urllib.request.Request(self.endpoint + path, data, {"Content-Type": "text/plain"})
        with urllib.request.urlopen(request, timeout=5):
            pass

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                return self._ask("/moto-api/")
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the S3 server did not start:\n{log.read_text()[-2000:]}")


def _variables(key: dict[str, str]) -> dict[str, str]:
    return {name.upper(): value for name, value in key.items()} | {"AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """The server, started once."""
    server = ObjectStore(tmp_path_factory.mktemp("objects"))
    yield server
    server.stop()


@pytest.fixture
def s3_root(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty store; this process has the key for it."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/store/{next(_numbers)}"
