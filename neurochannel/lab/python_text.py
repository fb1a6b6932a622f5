"""A network as the Python code that makes it."""

from __future__ import annotations

from pprint import pformat
from typing import Any

from neurochannel.model.network import Network

WIDTH = 88
INDENT = 4


def python_text(network: Network) -> str:
    """Return code that makes an equal network, with what its file states and nothing else."""
    rows = [_field(name, value) for name, value in network.model_dump().items()]
    return f"import neurochannel as nc\n\nnetwork = nc.Network(\n{''.join(rows)})\n"


def _field(name: str, value: Any) -> str:
    plain, pad = _plain(value), " " * INDENT
    if isinstance(plain, dict) and plain:
        rows = (f"{2 * pad}{key!r}: {_shown(part, 8)},\n" for key, part in plain.items())
        return f"{pad}{name}={{\n{''.join(rows)}{pad}}},\n"
    if isinstance(plain, list) and plain:
        rows = (f"{2 * pad}{_shown(part, 8)},\n" for part in plain)
        return f"{pad}{name}=[\n{''.join(rows)}{pad}],\n"
    return f"{pad}{name}={plain!r},\n"


def _shown(value: Any, indent: int) -> str:
    text = pformat(value, width=WIDTH - indent, sort_dicts=False, compact=True)
    return text.replace("\n", "\n" + " " * indent)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.tolist() if hasattr(value, "tolist") else value
