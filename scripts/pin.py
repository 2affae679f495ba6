"""Pin every dependency, direct or not, to its newest settled version in ``pyproject.toml``.

The pins live in ``[tool.uv] constraint-dependencies``, so that a fresh clone resolves to the
versions that were tested. A lock file would name the package registry it was made with; the
pins name none. Everything else in the file stays byte for byte as it was.

A version counts as settled two weeks after its release: by then mirrors have it, and what was
published by mistake or with malice has mostly been withdrawn.

Run it with ``make lock``. Running it twice changes nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

SETTLED = timedelta(days=14)
PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
TABLE = "[tool.uv]\n"
PINS = re.compile(r"^constraint-dependencies = \[\n.*?^\]\n", re.MULTILINE | re.DOTALL)


def newest(pyproject: str) -> list[str]:
    """Resolve the project with no pins, for all platforms and Pythons it supports.

    Parameters
    ----------
    pyproject : str
        Text of ``pyproject.toml``, without pins.

    Returns
    -------
    list of str
        ``name==version`` with an environment marker where one is needed, sorted by name.
    """
    uv = os.environ.get("UV", "uv")  # `uv run` names itself here
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(pyproject, encoding="utf-8", newline="")
        settled = (datetime.now(UTC) - SETTLED).isoformat(timespec="seconds")
        export = ["export", "--all-groups", "--no-emit-project", "--no-hashes", "--no-annotate"]
        exported = subprocess.run(
            [uv, *export, "--no-header", "--exclude-newer", settled, "--project", folder],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if exported.returncode != 0:
        sys.exit("no set of versions fits, see above; the pins are as before")
    return exported.stdout.splitlines()


def with_pins(pyproject: str, pins: list[str]) -> str:
    """Put `pins` in the place of those in `pyproject`, or in a new table at its end."""
    block = "".join(["constraint-dependencies = [\n", *(f'    "{pin}",\n' for pin in pins), "]\n"])
    if PINS.search(pyproject):
        return PINS.sub(lambda _: block, pyproject, count=1)
    if TABLE in pyproject:
        return pyproject.replace(TABLE, TABLE + block, 1)
    return f"{pyproject}\n{TABLE}{block}"


def main() -> int:
    """Rewrite the pins."""
    before = PYPROJECT.read_bytes().decode()
    pins = newest(with_pins(before, []))
    after = with_pins(before, pins)
    if tomllib.loads(after)["tool"]["uv"]["constraint-dependencies"] != pins:
        sys.exit(f"{PYPROJECT}: left as it is, the pins did not read back as they were written")
    PYPROJECT.write_bytes(after.encode())
    changed = "unchanged" if after == before else "rewritten"
    sys.stdout.write(f"{PYPROJECT.name}: {len(pins)} pins, {changed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
