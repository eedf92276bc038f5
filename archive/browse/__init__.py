"""Browse an archive in Datasette, read-only: our pages in Chinese beside its tables, facets, SQL and JSON."""

from __future__ import annotations

import socket
import webbrowser
from copy import deepcopy
from pathlib import Path
from typing import Any

from archive.database import DATABASE, still
from archive.errors import UsageError

HERE = Path(__file__).parent


def datasette(folder: Path, public: bool = False) -> object:
    """The Datasette application over an archive, as `serve` runs it and tests ask it. `public`: safe for strangers."""
    from datasette.app import Datasette
    from datasette.plugins import pm

    from archive.browse import plugin
    from archive.browse.metadata import METADATA, SETTINGS
    from archive.browse.profile import INNER, LIMITS

    if not pm.is_registered(plugin):
        pm.register(plugin)
        pm.unregister(name="datasette.handle_exception")  # every hook is run, and that one prints a trace for each 404
    metadata: dict[str, Any] = {**deepcopy(METADATA), "plugins": {"gongkai": {"public": public}}}
    for name in INNER if public else ():
        metadata["databases"]["gongkai"]["tables"].setdefault(name, {})["allow"] = False
    files = [str(folder / DATABASE)]
    return Datasette(
        *(([], files) if still(folder) else (files,)), metadata=metadata,
        settings=SETTINGS | (LIMITS if public else {}), template_dir=str(HERE / "templates"),
        static_mounts=[("assets", str(HERE / "static"))])


def serve(
    folder: Path, host: str = "127.0.0.1", port: int = 8001, open_browser: bool = False, public: bool = False,
) -> None:
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
    app = datasette(folder, public).app()  # type: ignore[attr-defined]
    uvicorn.run(app, host=host, port=port, log_level="warning", lifespan="on", server_header=False)
