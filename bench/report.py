"""What was measured, as Markdown and JSON, and the command line that the programs share."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from bench import corpus
from bench.cache import cache_dir

README = Path(__file__).with_name("README.md")
DOCS = README.parent.parent / "docs"
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
    """What one program measured.

    Attributes
    ----------
    rows : list of Row
        For the table of the whole bench.
    details : str
        More tables (Markdown), for a block of ``README.md`` with the program's name.
    pictures : list of Path
        For the folder of ``docs`` with the program's name.
    """

    rows: list[Row] = field(default_factory=list)
    details: str = ""
    pictures: list[Path] = field(default_factory=list)


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


def summary(reports: Sequence[Report], music: str) -> str:
    """Return the music, the machine, and all rows as one table."""
    verdicts = {True: "yes", False: "**no**", None: ""}
    rows = [
        (row.what, row.target, row.measured, verdicts[row.met])
        for report in reports
        for row in report.rows
    ]
    return "\n\n".join((music, machine(), table(("", "target", "measured", "met"), rows)))


def publish(block: str, text: str, pictures: Sequence[Path] = ()) -> None:
    """Put `text` between a block's markers in ``bench/README.md``, and pictures into ``docs``."""
    begin, end = f"<!-- {block}: begin -->", f"<!-- {block}: end -->"
    readme = README.read_text(encoding="utf-8")
    before, _, rest = readme.partition(begin)
    _, _, after = rest.partition(end)
    README.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8", newline="\n")
    if pictures:
        (DOCS / block).mkdir(exist_ok=True)
    for picture in pictures:
        shutil.copyfile(picture, DOCS / block / picture.name)


def run(programs: Mapping[str, Measure], description: str) -> int:
    """Run the programs named on the command line, by default all, and print their report."""
    parser = argparse.ArgumentParser(description=description)
    if len(programs) > 1:
        parser.add_argument(
            "programs", nargs="*", metavar="PROGRAM", help=f"of {', '.join(programs)}"
        )
        parser.add_argument("--write", action="store_true", help=f"into {README.name} as well")
    corpus.add_options(parser)
    parser.add_argument("--quick", action="store_true", help="fewer clips: not to be quoted")
    options = parser.parse_args()
    chosen = getattr(options, "programs", None) or list(programs)
    if unknown := set(chosen) - set(programs):
        parser.error(f"no program {', '.join(sorted(unknown))}: choose of {', '.join(programs)}")
    music = corpus.load(options.music, options.noise)
    reports = {name: programs[name](music, options.quick) for name in chosen}
    quick = " **A quick run: too few clips to quote.**" if options.quick else ""
    text = summary(list(reports.values()), f"{music}{quick}")
    results = {name: [asdict(row) for row in report.rows] for name, report in reports.items()}
    (cache_dir() / "results.json").write_text(json.dumps(results), encoding="utf-8")
    details = {name: report.details for name, report in reports.items() if report.details}
    sys.stdout.write("\n\n".join((text, *details.values())) + "\n")
    if getattr(options, "write", False):
        publish("results", text)
        for name, detail in details.items():
            publish(name, detail, reports[name].pictures)
    return 0
