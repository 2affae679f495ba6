"""The files of the web app: their names change with their content, so browsers may keep them."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class Assets(StaticFiles):
    """Static files that never change under one name."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Send a file, to be kept for a year."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
