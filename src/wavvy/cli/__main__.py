"""``python -m wavvy.cli``."""

from __future__ import annotations

from wavvy.cli import main

if __name__ == "__main__":
    main()
