"""What a newcomer gets: the wheel, alone in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
RATE = 16000
SCRIPT = """
import json, sys, wavvy
data, clip = sys.argv[1:]
with wavvy.open(data) as library:
    print(json.dumps([wavvy.__file__, library.identify(clip).to_dict()["results"][0]["title"]]))
"""
Melody = Callable[..., np.ndarray]
Record = Callable[..., Path]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program as from a shell outside of this environment; return what it prints."""
    inherited = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in inherited and "WAVVY_" not in name
    }
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, timeout=900
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode()


def uv() -> list[str] | None:
    """Find uv as a module, on the path, or where ``make`` puts it."""
    fetched = shutil.which("uv", path=ROOT / ".tools" / "uv" / SCRIPTS) or "uv"
    for command in ([sys.executable, "-m", "uv"], ["uv"], [fetched]):
        try:
            subprocess.run([*command, "--version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    return None


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, install it alone, and give the folder of the environment's programs."""
    folder = tmp_path_factory.mktemp("a fresh machine")
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]
    (folder / "pins.txt").write_text("\n".join(pins["constraint-dependencies"]), "utf-8")
    environment = folder / "environment"
    python = environment / SCRIPTS / "python"
    command = uv()
    if command is not None:
        run(*command, "build", "--wheel", "--out-dir", folder, ROOT, cwd=folder)
        run(*command, "venv", "--python", sys.executable, environment, cwd=folder)
        install = [*command, "pip", "install", "--python", python]
    else:
        run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=folder)
        run(sys.executable, "-m", "venv", environment, cwd=folder)
        install = [python, "-m", "pip", "install"]
    (wheel,) = folder.glob("wavvy-*.whl")
    run(*install, "-c", folder / "pins.txt", wheel, cwd=folder)
    return environment / SCRIPTS


@pytest.mark.slow
def test_the_wheel_alone_recognises_music(
    installed: Path, melody: Melody, record: Record, tmp_path: Path
) -> None:
    for seed in (1, 2):
        record(tmp_path / "music" / f"Someone - Tune {seed}.wav", melody(seed, 12.0))
    clip = record(tmp_path / "clip.wav", melody(2, 9.0)[4 * RATE :])
    wavvy = (installed / "wavvy", "--data-dir", tmp_path / "data")

    added = run(*wavvy, "add", "--json", "music", cwd=tmp_path).splitlines()
    assert [json.loads(line)["status"] for line in added] == ["added", "added"]

    answer: dict[str, Any] = json.loads(run(*wavvy, "identify", "--json", clip, cwd=tmp_path))
    (result,) = answer["results"]
    assert result["title"] == "Tune 2"
    assert result["play_offset_ms"] == pytest.approx(9000, abs=50)

    printed = run(installed / "python", "-c", SCRIPT, tmp_path / "data", clip, cwd=tmp_path)
    where, title = json.loads(printed)
    assert Path(where).is_relative_to(installed.parent)
    assert title == "Tune 2"


@pytest.mark.slow
def test_the_wheel_holds_all_that_is_not_code(installed: Path) -> None:
    code = "import wavvy; print(wavvy.__path__[0])"
    package = Path(run(installed / "python", "-c", code, cwd=installed).strip())
    shipped = {path.relative_to(package) for path in package.rglob("*") if path.is_file()}
    source = ROOT / "src" / "wavvy"
    expected = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    expected = {path for path in expected if "__pycache__" not in path.parts}
    assert {path.suffix for path in expected} >= {".py", ".json", ".typed", ".html", ".js"}
    assert expected <= shipped
