"""All mistakes of a network's text with their places, for programs that show them there."""

from __future__ import annotations

from neurochannel.errors import NetworkError
from neurochannel.model.format_versions import FORMAT, in_words_of_today
from neurochannel.model.network import Network
from neurochannel.model.problems import Problem
from neurochannel.model.toml_reader import parse


def check_text(text: str) -> tuple[Network | None, list[Problem]]:
    """Return the network that TOML text describes, or None and all mistakes.

    Mistakes are those of `Network.from_text`, each with the path of the key that it is about; it is
    empty where the text is no TOML at all.
    """
    try:
        table = in_words_of_today({"format": FORMAT, **parse(text)}, None)
    except NetworkError as error:
        return None, [Problem((), sentence) for sentence in error.problems]
    return Network._attempt(table)
