"""``wavvy worker``: works on background jobs, beside servers that share a Redis."""

from __future__ import annotations

from typing import Annotated

import typer

from wavvy.cli.options import DataDir, data_folder
from wavvy.cli.serve import read_settings


def worker(
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            min=1,
            show_default=False,
            help="Jobs to work on at once (default: WAVVY_WORKERS, or one a core).",
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Work on the jobs of servers that share a Redis, until Ctrl-C.

    The settings come from WAVVY_... environment variables, the same as the servers'.
    """
    from wavvy.service.worker import work

    settings = read_settings(data_dir=data_folder(data_dir))
    work(settings, jobs or settings.workers)
