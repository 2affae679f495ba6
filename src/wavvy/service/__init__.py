"""Wavvy over HTTP and WebSocket: a FastAPI application around one open library.

``app.py`` puts everything together; ``routes/`` has one file per noun; ``live.py`` is the
conversation of ``WS /v1/listen``; ``errors.py`` maps every error to a status in one table.
"""
