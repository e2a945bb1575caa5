"""Runs benchmarks: ``python -m benchmarks`` all of them, ``python -m benchmarks parse`` those that are named."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

KNOWN = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))

wanted = sys.argv[1:] or KNOWN
for name in wanted:
    if name not in KNOWN:
        sys.exit(f"there is no benchmark {name!r}; there are {', '.join(KNOWN)}")
for name in wanted:
    print(f"== {name}", flush=True)
    importlib.import_module(f"benchmarks.{name}").main()
