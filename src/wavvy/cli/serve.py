"""``wavvy serve``: the HTTP and WebSocket service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wavvy.cli.options import DataDir, data_folder

if TYPE_CHECKING:
    from wavvy.service.settings import Settings


def serve(
    host: Annotated[
        str | None,
        typer.Option(
            show_default=False,
            help="Address to listen on (default: WAVVY_HOST, or 127.0.0.1: this machine only).",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            show_default=False,
            help="Port to listen on (default: WAVVY_PORT, or 8000; 0 takes any free one).",
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Serve recognition over HTTP and WebSocket until Ctrl-C.

    The other settings come from WAVVY_... environment variables.
    """
    from wavvy.service import app

    settings = read_settings(data_dir=data_folder(data_dir), host=host, port=port)
    app.serve(settings)


def read_settings(**overrides: Any) -> Settings:
    """Return the service's settings; an override of None leaves the environment's.

    Raises
    ------
    typer.BadParameter
        A ``WAVVY_...`` variable makes no sense.
    """
    from pydantic import ValidationError

    from wavvy.service.settings import Settings

    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as invalid:
        complaints = [
            f"WAVVY_{'_'.join(map(str, error['loc'])).upper()}: {error['msg']}"
            for error in invalid.errors()
        ]
        raise typer.BadParameter("; ".join(complaints)) from None
