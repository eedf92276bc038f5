"""Browse an archive in Datasette, read-only: tables and views with facets, Chinese search, SQL and JSON."""

from __future__ import annotations

import socket
import webbrowser
from pathlib import Path

from archive.database import DATABASE
from archive.errors import UsageError


def datasette(folder: Path) -> object:
    """The Datasette application over an archive, as `serve` runs it and tests ask it."""
    from datasette.app import Datasette
    from datasette.plugins import pm

    from archive.browse import plugin
    from archive.browse.metadata import METADATA, SETTINGS

    if not pm.is_registered(plugin):
        pm.register(plugin)
    return Datasette([str(folder / DATABASE)], metadata=METADATA, settings=SETTINGS)


def serve(folder: Path, host: str = "127.0.0.1", port: int = 8001, open_browser: bool = False) -> None:
    """Serve it until interrupted. Raises UsageError when the port is taken."""
    import uvicorn

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(f"{host}:{port} cannot be used ({error.strerror}); take another with --port.") from None
    if open_browser:
        webbrowser.open(f"http://{host}:{port}/")
    uvicorn.run(datasette(folder).app(), host=host, port=port, log_level="warning", lifespan="on")  # type: ignore[attr-defined]
