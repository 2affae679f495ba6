"""What was measured, as Markdown and JSON, and the command line that the programs share."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from bench import corpus

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
LIBRARIES = ("wavvy", "numpy", "scipy", "numba", "av", "soxr")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement beside its target; `met` is None where there is no target."""

    what: str
    target: str
    measured: str
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The rows of one program, and tables with the details (Markdown)."""

    rows: list[Row] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


Measure = Callable[[corpus.Corpus, bool], Report]


def machine() -> str:
    """Describe the machine and the versions in one paragraph."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()} "
        f"{platform.release()}; Python {platform.python_version()}, {versions}."
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def markdown(reports: Sequence[Report], corpus_line: str) -> str:
    """Return all reports: the machine, one table against the targets, then the details."""
    verdicts = {True: "yes", False: "**no**", None: ""}
    rows = [
        (row.what, row.target, row.measured, verdicts[row.met])
        for report in reports
        for row in report.rows
    ]
    details = [detail for report in reports for detail in report.details]
    parts = [corpus_line, machine(), table(("", "target", "measured", "met"), rows), *details]
    return "\n\n".join(parts)


def write(text: str) -> None:
    """Put `text` between the markers of ``bench/README.md``."""
    readme = README.read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8", newline="\n")


def run(programs: Mapping[str, Measure], description: str) -> int:
    """Run the programs named on the command line, by default all, and print their report."""
    parser = argparse.ArgumentParser(description=description)
    if len(programs) > 1:
        parser.add_argument(
            "programs", nargs="*", metavar="PROGRAM", help=f"of {', '.join(programs)}"
        )
        parser.add_argument("--write", action="store_true", help=f"into {README.name} as well")
    corpus.add_options(parser)
    options = parser.parse_args()
    chosen = getattr(options, "programs", None) or list(programs)
    if unknown := set(chosen) - set(programs):
        parser.error(f"no program {', '.join(sorted(unknown))}: choose of {', '.join(programs)}")
    music = corpus.load(options.music, options.noise, quick=options.quick)
    reports = {name: programs[name](music, options.quick) for name in chosen}
    parts = f"{len(music.indexed)} indexed, {len(music.tune)} tune, {len(music.unknown)} unknown"
    quick = " **A quick run: too few clips to quote.**" if options.quick else ""
    text = markdown(list(reports.values()), f"Tracks: {parts}.{quick}")
    results = corpus.cache_dir() / "results.json"
    results.write_text(json.dumps({name: asdict(report) for name, report in reports.items()}))
    sys.stdout.write(text + "\n")
    if getattr(options, "write", False):
        write(text)
    return 0
