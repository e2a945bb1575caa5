"""Is a service of the stack healthy? For health checks in images without curl.

python health.py http URL [COMPONENT]   answers 200; with COMPONENT: Airflow's health answer calls it healthy
python health.py celery                 the worker of this container answers its broker
"""

import json
import os
import socket
import sys
import urllib.request

SECONDS = 10


def http(url: str, component: str = "") -> bool:
    """Whether an address answers, and well."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=SECONDS) as answer:
        text = answer.read()
    return not component or json.loads(text)[component]["status"] == "healthy"


def celery() -> bool:
    """Whether this container's worker answers; without Airflow, whose import would cost seconds each time."""
    from celery import Celery

    broker = os.environ["AIRFLOW__CELERY__BROKER_URL"]
    name = f"celery@{socket.gethostname()}"
    with Celery(broker=broker).connection_for_write(connect_timeout=SECONDS) as connection:
        inspect = Celery(broker=broker).control.inspect([name], timeout=SECONDS, connection=connection)
        return bool(inspect.ping())


def main() -> int:
    """0 if healthy; otherwise 1 and why."""
    check = {"http": http, "celery": celery}[sys.argv[1]]
    try:
        healthy = check(*sys.argv[2:])
    except (OSError, LookupError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main())
