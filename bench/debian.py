"""Debian packages: music to unpack, and programs that the degradations run."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from bench.cache import cache_dir

PROGRAMS = {
    "espeak-ng": "espeak-ng",
    "rubberband": "rubberband-cli",
    "fpcalc": "libchromaprint-tools",
}
LIBRARIES = {"libgsm.so.1": "libgsm1"}


def unpacked(packages: Sequence[str]) -> list[Path]:
    """Return one folder for each package, downloading and unpacking those not there yet."""
    folders = [cache_dir() / "packages" / package for package in packages]
    missing = [folder.name for folder in folders if not folder.is_dir()]
    if missing:
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            sys.exit("The music comes from Debian packages: without apt-get, use --music FOLDER")
        downloads = cache_dir() / "apt"
        for archive in download(missing, downloads):
            unpack(archive)
        shutil.rmtree(downloads)
    return folders


def unpack(archive: Path) -> None:
    """Unpack one package into the cache folder, and the game archives (``.pk3``) in it."""
    folder = cache_dir() / "packages" / archive.name.partition("_")[0]
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "-x", archive, part], check=True)
    for inner in sorted(part.rglob("*.pk3")):
        with zipfile.ZipFile(inner) as opened:
            opened.extractall(inner.with_suffix(""))
        inner.unlink()
    part.rename(folder)  # what was cut short never looks complete


def download(packages: Sequence[str], folder: Path) -> list[Path]:
    """Download packages into `folder`, without root and without the machine's lists."""
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    private = {
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "",  # apt's own user may not write here
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "-q", *(word for pair in private.items() for word in _option(*pair))]
    try:
        subprocess.run([*apt, "update"], check=True, stdout=sys.stderr)
        subprocess.run([*apt, "download", *packages], check=True, cwd=folder, stdout=sys.stderr)
    except subprocess.CalledProcessError:
        sys.exit(f"apt-get found no {', '.join(packages)} (all in Debian 12): use --music FOLDER")
    return sorted(folder.glob("*.deb"))


def need(names: Sequence[str]) -> None:
    """Install those of these programs and libraries that are missing, or say what to install."""
    missing = [PROGRAMS[name] for name in names if name in PROGRAMS and not shutil.which(name)]
    missing += [LIBRARIES[name] for name in names if name in LIBRARIES and not _loads(name)]
    if not missing:
        return
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        sys.exit(f"Packages are missing, install them first: {', '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "-q", "-y", "install", "--no-install-recommends", *missing]
    for command in (["apt-get", "-q", "update"], install):
        if subprocess.run(command, stdout=sys.stderr, env=quiet, check=False).returncode:
            sys.exit(f"apt-get could not install {', '.join(missing)}, see above")


def _option(name: str, value: object) -> tuple[str, str]:
    return "-o", f"{name}={value}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
