"""Runs benchmarks: ``python -m benchmarks`` all of them, ``python -m benchmarks parse`` those that are named.

What begins with ``-``, and all that follows, is for them: ``python -m benchmarks drift_alarms --pairs 100``.
"""

from __future__ import annotations

import importlib
import sys

KNOWN = (
    "bigger",
    "console",
    "drift_alarms",
    "drift_cost",
    "drift_power",
    "drift_rollup",
    "overhead",
    "parse",
    "plugin",
)
NAMED = ("fleet", "policies")
"""Need options (data or a database of yours), so they run only when they are named."""

first = next((at for at, word in enumerate(sys.argv) if at and word.startswith("-")), len(sys.argv))
wanted, options = sys.argv[1:first] or KNOWN, sys.argv[first:]
for name in wanted:
    if name not in (*KNOWN, *NAMED):
        sys.exit(f"there is no benchmark {name!r}; there are {', '.join((*KNOWN, *NAMED))}")
for name in wanted:
    print(f"== {name}", flush=True)
    sys.argv = [f"python -m benchmarks {name}", *options]
    importlib.import_module(f"benchmarks.{name}").main()
