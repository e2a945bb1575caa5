"""``leeway`` and ``python -m leeway``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still being imported ends it quietly, too."""
    try:
        from leeway.cli.app import app

        app(prog_name="leeway")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
