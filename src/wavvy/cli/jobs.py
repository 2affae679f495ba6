"""``wavvy jobs``: what goes on in the background."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, Json, data_folder, database_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wavvy.catalog.file_outcomes import FileStatus
    from wavvy.catalog.job import Job, JobState
    from wavvy.catalog.repository import Catalog

commands = typer.Typer(rich_markup_mode=None)

JobId = Annotated[int, typer.Argument(metavar="ID", help="From 'wavvy jobs list'.")]
_STATUSES = ("added", "known", "failed")
_STATES = ("queued", "running", "done", "failed", "cancelled")


@commands.callback(invoke_without_command=True)
def jobs(context: typer.Context, data_dir: DataDir = None) -> None:
    """Look at background jobs, cancel them or try them again; by itself it lists them."""
    if context.invoked_subcommand is None:
        list_jobs(data_dir=data_dir)


@commands.command("list")
def list_jobs(
    state: Annotated[
        str | None,
        typer.Option(
            help=f"Only jobs in this state: {', '.join(_STATES)}.",
            metavar="STATE",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Print at most this many.")] = 20,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List jobs, the newest first."""
    if state is not None and state not in _STATES:
        raise typer.BadParameter(f"there is no state {state}: it is one of {', '.join(_STATES)}")
    with _opened(data_dir) as catalog:
        found = catalog.jobs.listed(state=cast("JobState | None", state), limit=limit)
    if json:
        for job in found:
            terminal.json_line(_as_json(job))
    elif found:
        _print_table(found)
    else:
        terminal.hint("There are no such jobs.")


@commands.command()
def show(job_id: JobId, json: Json = False, data_dir: DataDir = None) -> None:
    """Show a job: how far it is, and its result or what went wrong."""
    with _opened(data_dir) as catalog:
        job = catalog.jobs.get(job_id)
    if json:
        terminal.json_line(_as_json(job))
        return
    _say(job)
    if job.error is not None:
        terminal.line(f"  {job.error['code']}: {job.error['message']}")
    for name, value in (job.result or {}).items():
        if value not in (None, [], ""):
            terminal.line(f"  {name}: {value}")


@commands.command()
def files(
    job_id: JobId,
    status: Annotated[
        str | None,
        typer.Option(
            help=f"Only files of which this came: {', '.join(_STATUSES)}.",
            metavar="STATUS",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List what came of each file of a folder that a job adds."""
    if status is not None and status not in _STATUSES:
        raise typer.BadParameter(f"{status} is not one of {', '.join(_STATUSES)}")
    with _opened(data_dir) as catalog:
        catalog.jobs.get(job_id)
        wanted = cast("FileStatus | None", status)
        for _, outcome in catalog.file_outcomes.all_of(job_id, wanted):
            if json:
                terminal.json_line(outcome._asdict())
            else:
                terminal.line(f"{outcome.status:6} {outcome.message or outcome.file}")


@commands.command()
def retry(job_id: JobId, data_dir: DataDir = None) -> None:
    """Try a failed job again; the server or a worker takes it up within seconds."""
    with _opened(data_dir) as catalog:
        _say(catalog.jobs.retry(job_id))


@commands.command()
def cancel(job_id: JobId, data_dir: DataDir = None) -> None:
    """Cancel a job; one that is running ends at its next step."""
    with _opened(data_dir) as catalog:
        job = catalog.jobs.cancel(job_id)
    _say(job)
    if job.cancelling:
        terminal.hint("It is running and will end at its next step.")


@contextmanager
def _opened(data_dir: Any) -> Iterator[Catalog]:
    from wavvy.catalog.repository import Catalog
    from wavvy.dsp.params import DEFAULT

    folder = data_folder(data_dir)
    with Catalog.open(folder, params_digest=DEFAULT.digest(), url=database_url()) as catalog:
        yield catalog


def _say(job: Job) -> None:
    words = f", {job.message}" if job.message and not job.ended else ""
    terminal.line(f"{job.id} {job.kind} {job.subject}: {job.state}, {job.progress} %{words}")


def _as_json(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "subject": job.subject,
        "state": job.state,
        "progress": job.progress,
        "message": job.message,
        "result": job.result,
        "error": job.error,
        "attempts": job.attempts,
        "created_at": job.created_at.isoformat(),
        "updated_at": job.updated_at.isoformat(),
    }


def _print_table(jobs: Sequence[Job]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("id", justify="right", style="cyan", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("subject", style="bold", overflow="fold", ratio=2)
    table.add_column("state", no_wrap=True)
    table.add_column("%", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", ratio=3)
    for job in jobs:
        words = job.error["message"] if job.error else job.message or ""
        table.add_row(
            str(job.id),
            job.kind,
            terminal.printable(job.subject),
            job.state,
            str(job.progress),
            terminal.printable(words),
        )
    terminal.out().print(table)
