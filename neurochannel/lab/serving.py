"""Runs the designer on 127.0.0.1 until somebody ends it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from neurochannel.errors import OptionError
from neurochannel.lab.shelf import Shelf, network_text, shipped_text
from neurochannel.model.gallery import located, shipped

HOST = "127.0.0.1"
STARTING = "srbp"
"""The topology that is shown where no file is named."""


def beginning(file: str | None) -> tuple[Shelf, str, str, bool]:
    """Return the folder, the name, the text and whether a file has it, for what was named.

    Raises
    ------
    NetworkError
        If there is no such file, or it describes no network that can be shown as TOML.
    """
    if file is None:
        return Shelf("."), f"{STARTING}.toml", shipped_text(STARTING), False
    path = Path(located(file))
    known = shipped()
    if file in known and path == known[file].path:
        return Shelf("."), f"{file}.toml", shipped_text(file), False
    text = network_text(path)
    return Shelf(path.parent), f"{path.stem}.toml", text, path.suffix == ".toml"


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine only; 0 takes any free one.

    Raises
    ------
    OptionError
        If the port is in use or not allowed.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((HOST, port))
        opened.listen(64)
    except OSError as error:
        opened.close()
        reason = (error.strerror or str(error)).lower()
        raise OptionError(
            f"--port must be one that is free, got {port} ({reason}); name another one, or leave "
            "it out"
        ) from None
    return opened


def check_installed() -> None:
    """Refuse to start without the packages of the extra.

    Raises
    ------
    OptionError
        If one is missing.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise OptionError(
            f"design needs {' and '.join(missing)}, which {'are' if len(missing) > 1 else 'is'} "
            "not installed; pip install 'neurochannel[lab]'"
        )


def serve_designer(file: str | None, data: str, port: int, ready: Callable[[str], object]) -> None:
    """Serve the designer until a signal ends it.

    Parameters
    ----------
    file
        What to begin with; None for a topology that comes with neurochannel.
    data
        The data set that sizes are taken from.
    port
        0 for any free one.
    ready
        Called with the address, token included, when it answers.

    Raises
    ------
    OptionError
        If a package is missing, or the port is in use.
    NeurochannelError
        If what was named cannot be shown.
    """
    check_installed()
    import uvicorn

    from neurochannel.data.library import load
    from neurochannel.lab.app import guarded
    from neurochannel.lab.designer import designer_of
    from neurochannel.lab.security import new_token

    shelf, name, text, is_saved = beginning(file)
    load(data)
    token = new_token()
    with listening(port) as opened:
        number = opened.getsockname()[1]
        designer = designer_of(shelf, name, text, data, is_saved=is_saved)
        app = guarded(designer, token, number)
        config = uvicorn.Config(
            app,
            # The routes tell what fails; an answer that Ctrl-C cuts off needs no stack trace.
            log_level="critical",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        ready(f"http://{HOST}:{number}/{token}/")
        try:
            uvicorn.Server(config).run(sockets=[opened])
        finally:
            designer.learners.close()
