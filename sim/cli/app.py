"""The planner's page, served on this machine alone."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import re
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import click

import sim

SWEEPS = "SLIPROAD_SWEEPS"  # sim.study.swept reads it
ADDRESS = "127.0.0.1"
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62}\.)*[A-Za-z0-9-]{1,63}")
OPTIONS: dict[str, Any] = {
    "server.address": ADDRESS,
    "server.headless": True,
    "runner.postScriptGC": False,  # it stops every page for 0.2 s after every click of anybody; Python's own is enough
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 1,
    "server.allowedHosts": [ADDRESS, "localhost"],
    "browser.gatherUsageStats": False,
    "browser.serverAddress": "localhost",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "theme.base": "light",
    "theme.primaryColor": "#12436D",
    "theme.textColor": "#0B0C0C",
    "theme.linkColor": "#12436D",
}


def serve(port: int, public_name: str | None = None, sweeps: Path | None = None) -> None:
    """Serve the page on *port* until it is interrupted.

    Args:
        port: of this machine alone.
        public_name: of a web server in front of it; the page answers to this name too.
        sweeps: folder whose sweeps the page shows.

    Raises:
        click.BadParameter: the name is none.
        click.UsageError: the packages of the page are not installed.
        OSError: the port is taken.
    """
    if public_name is not None and not _HOST.fullmatch(public_name):
        raise click.BadParameter(
            f"{public_name!r} must be a name such as diversion.example.org.", param_hint="--public-name"
        )
    _refuse_taken(port)
    gc.disable()  # what is loaded stays: to look through it again and again while it comes takes some half a second
    try:
        from streamlit.web import bootstrap
    except ImportError:
        raise click.UsageError("The page needs Streamlit: pip install 'sliproad[app]'.") from None
    folder = dashboard()
    sys.path.insert(0, str(folder))  # as Streamlit does; known already, the first page comes at once
    options = OPTIONS | {"server.port": port}
    if public_name:
        options |= {"server.allowedHosts": [*OPTIONS["server.allowedHosts"], public_name.lower()]}
    if sweeps:
        os.environ[SWEEPS] = str(sweeps.absolute())
    flags = {name.replace(".", "_"): value for name, value in options.items()}
    bootstrap.load_config_options(flags)
    importlib.import_module("views.start").warm()
    gc.freeze()  # nor is it looked through later, when every session would wait
    gc.enable()
    threading.Thread(target=importlib.import_module("told").warm, daemon=True).start()
    click.echo(f"The page is at http://localhost:{port} (end it with Ctrl-C).")
    bootstrap.run(str(folder / "app.py"), False, [], flags)


def dashboard() -> Path:
    """The folder of the page: in an installed package, or beside it in a checkout."""
    package = Path(sim.__file__).parent
    inside = package / "dashboard"
    return inside if inside.is_dir() else package.parent / "dashboard"


def _refuse_taken(port: int) -> None:
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((ADDRESS, port))
        except OSError as error:
            why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
            raise OSError(error.errno, f"port {port} {why}; name another with --port") from None
