"""The network of a command: FILE, a name or standard input, with the changes of --set."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import click

from neurochannel.errors import NetworkError, OptionError

if TYPE_CHECKING:
    from neurochannel.model.network import Network

STDIN, STDIN_NAME = "-", "standard input"

set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a field first, such as channel.*.message.bits=2; may be repeated.",
)


def read_network(file: str, settings: tuple[str, ...] = ()) -> Network:
    """Return the network in a file, of a name or, for "-", in TOML on standard input.

    Parameters
    ----------
    file
        See `neurochannel.model.gallery.located`.
    settings
        Texts PATH=VALUE, the paths those of the axes of a study.

    Raises
    ------
    NetworkError
        If there is no such network, or it breaks a rule.
    OptionError
        If a text is not PATH=VALUE, or a path is given twice.
    """
    from neurochannel.graphs.formats import read
    from neurochannel.model.network import Network

    network = Network.from_toml(stdin()) if file == STDIN else read(file)
    if not settings:
        return network
    from neurochannel.study.setting import with_settings

    try:
        return with_settings(network, _values(settings))
    except NetworkError as error:
        raise OptionError(f"--set: {error}") from None


class _Stdin(io.BytesIO):
    name = STDIN_NAME


def stdin() -> io.BytesIO:
    """Return the text on standard input, with a name for messages."""
    return _Stdin(sys.stdin.buffer.read())


def _values(settings: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = (part.strip() for part in setting.partition("="))
        if not (path and equals and text):
            raise OptionError(
                f"--set must be PATH=VALUE, got '{setting}'; "
                "write for example --set channel.*.message.bits=2"
            )
        if path in values:
            raise OptionError(f"--set must name each field once, got {path} twice; remove one")
        values[path] = _value(path, text)
    return values


def _value(path: str, text: str) -> Any:
    """Read a TOML value; what is none, but begins like a word, is text."""
    from neurochannel.model.toml_reader import parse

    try:
        table = parse(f"value = {text}")
    except NetworkError:
        if text[0] in "[{\"'":
            raise OptionError(
                f"--set {path} must be a TOML value, got {text}; close its brackets and quotes, "
                "write 0.1 rather than .1, and put it in quotes for the shell"
            ) from None
        return text
    return table["value"] if len(table) == 1 else text
