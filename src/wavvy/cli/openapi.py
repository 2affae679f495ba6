"""``wavvy openapi``: what the HTTP interface is, for programs."""

from __future__ import annotations

import typer


def openapi() -> None:
    """Print the description of the HTTP interface (OpenAPI, JSON); no server needs to run."""
    import json
    from pathlib import Path

    from wavvy.service.app import create_app
    from wavvy.service.settings import Settings

    description = create_app(Settings(data_dir=Path("unused"))).openapi()
    typer.echo(json.dumps(description, indent=1, ensure_ascii=False))
