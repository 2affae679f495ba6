"""What is built: its size, and whether its types are those of this server."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

from wavvy.service.routes.page import APP

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
FIRST_PAGE_BYTES = 150_000


def test_javascript_of_the_first_page_is_within_its_budget() -> None:
    manifest = json.loads((APP / "manifest.json").read_text("utf-8"))
    needed: set[str] = set()

    def need(name: str) -> None:
        chunk = manifest[name]
        if chunk["file"] not in needed:
            needed.add(chunk["file"])
            for other in chunk.get("imports", ()):
                need(other)

    need("index.html")
    size = sum(len(gzip.compress((APP / name).read_bytes(), 9)) for name in needed)
    assert 10_000 < size <= FIRST_PAGE_BYTES


def test_types_are_those_of_this_server(tmp_path: Path) -> None:
    description = subprocess.run(
        [sys.executable, "-m", "wavvy.cli", "openapi"], capture_output=True, check=True
    ).stdout
    (tmp_path / "openapi.json").write_bytes(description)
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or "node"
    made = tmp_path / "schema.ts"
    program = WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    subprocess.run(
        [node, program, tmp_path / "openapi.json", "--output", made], check=True, cwd=WEB
    )
    assert made.read_text("utf-8") == (WEB / "src" / "api" / "schema.ts").read_text("utf-8"), (
        "the HTTP interface has changed: run `make types` and see what no longer fits"
    )


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    assert len(packages) > 50
    assert [name for name, package in packages.items() if "resolved" in package] == []
