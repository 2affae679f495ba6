"""Print the description of the HTTP interface, from which the web app's types are made.

Run it with ``make types``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from wavvy.service.app import create_app
from wavvy.service.settings import Settings


def main() -> int:
    """Print OpenAPI as JSON; no server and no data folder are needed."""
    description = create_app(Settings(data_dir=Path("unused"))).openapi()
    description["info"]["version"] = ""  # a new version alone changes no type
    json.dump(description, sys.stdout, indent=1, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
