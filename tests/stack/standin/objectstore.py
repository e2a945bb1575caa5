"""Stands in for versity/versitygw: same arguments, variables, port. moto answers, files in a folder keep the objects.

    ROOT_ACCESS_KEY=... ROOT_SECRET_KEY=... python objectstore.py --port :7070 posix /data

Keys and signatures are checked, objects survive a restart. What it does not keep: their metadata and old versions.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"  # moto reads it when it is imported

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import run_simple

if TYPE_CHECKING:
    from collections.abc import Iterable

REGION = "us-east-1"
READING = {"GET", "HEAD"}
WRITTEN = ".written"
"""Folder for what is being written: no bucket has such a name."""


class Kept:
    """moto, whose objects are also files: a folder for each bucket. A change is on disk before it is answered.

    Args:
        folder: of all buckets.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._one_at_a_time = folder, threading.Lock()
        self.objects = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        self._answer = DomainDispatcherApplication(create_backend_app)
        (folder / WRITTEN).mkdir(exist_ok=True)
        for bucket in folder.glob("[!.]*"):
            self.objects.create_bucket(bucket.name, REGION)
            for file in bucket.rglob("*"):
                if file.is_file():
                    self.objects.put_object(bucket.name, str(file.relative_to(bucket)), file.read_bytes())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, as WSGI has it."""
        answer = list(self._answer(environ, start_response))
        if environ["REQUEST_METHOD"] not in READING:
            path = environ["PATH_INFO"].encode("latin-1").decode()
            bucket, _, key = path.strip("/").partition("/")
            with self._one_at_a_time:
                self._keep(bucket, key)
        return answer

    def _keep(self, bucket: str, key: str) -> None:
        if bucket not in self.objects.buckets:
            return
        (self.folder / bucket).mkdir(exist_ok=True)
        if key:
            self._keep_one(bucket, key)
            return
        for file in (self.folder / bucket).rglob("*"):  # many may have been deleted at once
            if file.is_file():
                self._keep_one(bucket, str(file.relative_to(self.folder / bucket)))

    def _keep_one(self, bucket: str, key: str) -> None:
        file, found = self.folder / bucket / key, self.objects.get_object(bucket, key)
        if found is None:
            file.unlink(missing_ok=True)
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            new = self.folder / WRITTEN / "object"
            new.write_bytes(found.value)
            new.replace(file)
        except OSError:
            self.objects.delete_object(bucket, key)  # the disk is full: nobody may read what is not kept
            raise


def let_in(key: str, secret: str) -> None:
    """Make the one user, who may do everything."""
    people = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    people.create_user(REGION, "root")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    people.put_user_policy("root", "rights", json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
    known = people.create_access_key("root")
    known.access_key_id, known.secret_access_key = key, secret
    people.access_keys[key] = known


def main() -> None:
    """Serve until somebody ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True)
    parser.add_argument("backend", choices=["posix"])
    parser.add_argument("folder", type=Path)
    told = parser.parse_args()
    let_in(os.environ["ROOT_ACCESS_KEY"], os.environ["ROOT_SECRET_KEY"])
    host, _, port = told.port.rpartition(":")
    run_simple(host or "0.0.0.0", int(port), Kept(told.folder), threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main()
