"""Learning channels as short texts, such as ``srbp:fan_in=2,bits=3``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from neurochannel.errors import NetworkError
from neurochannel.model import architectures, recipes
from neurochannel.model.network import ChannelPart
from neurochannel.model.problems import did_you_mean, listed, short
from neurochannel.model.recipes import ChannelOptions, Recipe
from neurochannel.renamed import KEYWORDS

_ALL = tuple(name for name in Recipe.model_fields if name in ChannelOptions.__annotations__)
_SERVES_ALL = tuple(name for name in _ALL if name != "to")
_RECIPES: dict[str, tuple[Callable[..., ChannelPart], tuple[str, ...]]] = {
    "bp": (recipes.bp, _ALL),
    "sbp": (recipes.sbp, _ALL),
    "rbp": (recipes.rbp, _ALL),
    "srbp": (recipes.srbp, _ALL),
    "arbp": (recipes.arbp, _ALL),
    "asrbp": (recipes.asrbp, _ALL),
    "kp": (recipes.kp, _ALL),
    "cascade": (recipes.cascade, _ALL),
    "top_only": (recipes.top_only, ()),
    "bidirectional": (architectures.bidirectional, _ALL),
    "conjoined": (architectures.conjoined, _ALL),
    "twin": (architectures.twin, ("activation", *_SERVES_ALL)),
    "distinct": (architectures.distinct, ("size", "activation", *_SERVES_ALL)),
}
RECIPE_NAMES = tuple(_RECIPES)
_WORDS = {"true": True, "false": False, "none": None}


def channel_from_text(text: str) -> ChannelPart:
    """Return the recipe that a text names, with its options.

    Parameters
    ----------
    text
        A name, or a name and options: ``"srbp:fan_in=2,bits=3"``. Several populations are joined by
        a plus, ``to=hidden1+hidden2``; the keys of a table are written with a dot,
        ``update.bits=3,update.scale=0.01``.

    Raises
    ------
    NetworkError
        If there is no such recipe or option, or a value is out of range.
    """
    name, _, rest = text.strip().partition(":")
    name = name.strip()
    where = f"channel {short(text)}"
    if name not in _RECIPES:
        near = did_you_mean(name.lower(), RECIPE_NAMES) or "choose one of them"
        raise NetworkError(
            f"must be one of {listed(RECIPE_NAMES, 'or')}, got {short(name)}; {near}", where
        )
    make, allowed = _RECIPES[name]
    options = _options(name, rest, allowed, where)
    if name == "distinct" and "size" not in options:
        raise NetworkError(
            "size is missing; write how many neurons each channel population has, such as "
            "distinct:size=20",
            where,
        )
    try:
        return make(options.pop("size"), **options) if "size" in options else make(**options)
    except NetworkError as error:
        raise error.located(where) from None


def split_channels(text: str) -> tuple[str, ...]:
    """Cut a list such as ``"bp,srbp:fan_in=2,bits=3,rbp"`` into the text of each channel.

    A part with an equals sign and without a colon belongs to the options before it.

    Raises
    ------
    NetworkError
        If a part is empty, or a channel is named twice.
    """
    found: list[str] = []
    for part in (part.strip() for part in text.split(",")):
        if not part:
            raise NetworkError(
                f"channels must be names joined by commas, got {short(text)}; "
                "write for example bp,rbp,srbp:bits=3"
            )
        if "=" in part and ":" not in part and found:
            found[-1] += f",{part}"
        else:
            found.append(part)
    for channel in found:
        if found.count(channel) > 1:
            raise NetworkError(f"channels must differ, got {short(channel)} twice; remove one")
    return tuple(found)


def _options(name: str, text: str, allowed: tuple[str, ...], where: str) -> dict[str, Any]:
    """Read ``key=value`` pairs; a key with a dot is one of a table."""
    options: dict[str, Any] = {}
    for pair in (part.strip() for part in text.split(",")) if text.strip() else ():
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not key or not value:
            raise NetworkError(
                f"options must be key=value, got {short(pair)}; write for example bits=3", where
            )
        first, _, inside = key.partition(".")
        first = KEYWORDS["Recipe"].get(first, first)  # files of 0.2 stay readable
        if first not in allowed:
            raise NetworkError(_unknown(name, first, allowed), where)
        table = options.setdefault(first, {}) if inside else options
        if not isinstance(table, dict) or (inside or first) in table:
            raise NetworkError(f"{key} is given twice; remove one", where)
        table[inside or first] = _value(first, value)
    return options


def _unknown(name: str, key: str, allowed: tuple[str, ...]) -> str:
    if not allowed:
        return f"{key} must be left out, since {name} has no options"
    if key == "to":
        return f"to must be left out of {name}, which serves every hidden population"
    near = did_you_mean(key, allowed) or f"the options are {listed(allowed)}"
    return f"{key} is not an option of {name}; {near}"


def _value(key: str, text: str) -> Any:
    if key == "to":
        return tuple(name.strip() for name in text.split("+"))
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return text
