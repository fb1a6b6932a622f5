"""Sets fields of a network by the paths of axes: for the points of a study, and for `--set`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from neurochannel.errors import NetworkError
from neurochannel.model.network import Network
from neurochannel.model.problems import did_you_mean, listed, short
from neurochannel.study.axes import Label, Value, value_of
from neurochannel.study.field_paths import (
    DATA,
    IN_NETWORK,
    RECIPE,
    TOPOLOGY,
    TRAIN,
    Parts,
    PathError,
    parse,
    plain,
    put,
)
from neurochannel.study.parts import Training

ELSEWHERE = (TOPOLOGY, DATA, TRAIN, "seed", "seeds")  # what is not in a network


def with_settings(network: Network, settings: Mapping[str, Any]) -> Network:
    """Return a network with fields set: first `channel.recipe`, then the others in order.

    Parameters
    ----------
    network
        Any network.
    settings
        Values by path, as the axes of a study have them; "none" or None takes a field away.

    Raises
    ------
    NetworkError
        If a path names no field of the network, or the network would break a rule.
    """
    parts = {path: _parts_in_network(path) for path in settings}
    values = {path: value_of(path, given) for path, given in settings.items()}
    fields = {path: (parts[path], values[path].value) for path in values if path != RECIPE}
    try:
        if RECIPE in values:
            network = with_recipe(network, values[RECIPE].value)
        changed, matches = with_fields(network, fields)
    except (NetworkError, PathError) as error:
        places = [at(path, value) for path, value in values.items()]
        raise located(error, places) from None
    for path, n in matches.items():
        if n == 0:
            reason = why_nothing(parts[path], names_in(changed))
            raise NetworkError(f"{path} matches nothing, because {reason}")
    return changed


def _parts_in_network(path: str) -> Parts:
    if path.partition(".")[0] in ELSEWHERE:
        raise NetworkError(
            f"{path} must be channel.recipe or a field of the network; "
            "the rest has options of its own, such as --data and --rate"
        )
    try:
        return parse(path, Training, IN_NETWORK)
    except PathError as error:
        raise NetworkError(f"{path} {error}") from None


def with_recipe(network: Network, recipe: Any) -> Network:
    """Return a network with the channel of a recipe, given as such or as text; None for its own.

    Raises
    ------
    NetworkError
        If there is no such recipe, or it does not fit.
    """
    if recipe is None:
        return network
    if isinstance(recipe, str):
        from neurochannel.model.recipe_names import channel_from_text

        recipe = channel_from_text(recipe)
    if not hasattr(recipe, "channel"):
        raise NetworkError(
            f"{RECIPE} must be text such as 'srbp:fan_in=2', got {short(recipe)}; "
            "put a recipe's name in quotes"
        )
    return network.with_channel(recipe)


def with_fields(
    network: Network, fields: Mapping[str, tuple[Parts, Any]]
) -> tuple[Network, dict[str, int]]:
    """Return a network with fields set, and at how many places each path has met one.

    Raises
    ------
    NetworkError
        If the network would break a rule.
    PathError
        If a path leads through a field that is no table.
    """
    if not fields:
        return network, {}
    tree, heard = plain(network), {bundle.target for bundle in network.channel_bundles}
    full = plain(network.explicit)
    matches = {
        path: put(tree, parts, value, heard, full) for path, (parts, value) in fields.items()
    }
    return Network(**tree), matches


def names_in(network: Network) -> set[str]:
    """Return what paths may name in a network: its populations and the numbers of its edges."""
    return {
        *network.populations,
        *(f"channel.{n}" for n in range(len(network.channel))),
        *(f"forward.{n}" for n in range(len(network.forward))),
    }


def why_nothing(parts: Parts, seen: Iterable[str]) -> str:
    """Return why a path met nothing in networks with these names."""
    first, name = parts[:2]
    if first == "populations":
        known = sorted(n for n in seen if "." not in n)
        if any(fnmatchcase(n, name) for n in known):
            return f"the channel never leads to '{name}'; vary channel.recipe, or add edges to it"
        near = did_you_mean(name, known) or f"there are {listed(known)}"
        return f"no network has a population '{name}'; {near}"
    n = sum(part.startswith(f"{first}.") for part in seen)
    if n == 0:
        return f"no network has {first} edges; write [[{first}]], or vary channel.recipe"
    return f"no network has more than {n} entries of {first}, counted from 0; take a lower number"


def at(name: str, value: Value) -> str:
    """Write a value on an axis as part of a sentence."""
    return f"{name} = {_quoted(value.label)}"


def _quoted(label: Label) -> str:
    return f'"{label}"' if isinstance(label, str) else str(label)


def located(error: Exception, places: Iterable[str]) -> NetworkError:
    """Return the first mistake of a network with the values that made it."""
    sentence = error.problems[0] if isinstance(error, NetworkError) else str(error)
    if isinstance(error, NetworkError) and error.where:
        sentence = f"{error.where}: {sentence}"
    values = ", ".join(dict.fromkeys(places))
    return NetworkError(f"at {values}: {sentence}" if values else sentence)
