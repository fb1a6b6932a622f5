"""The populations of a network that gets another channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from neurochannel.errors import NetworkError
from neurochannel.model.edges import ChannelEdges
from neurochannel.model.limits import Receive
from neurochannel.model.populations import Population


def repopulated(
    populations: Mapping[str, Population],
    relays: Iterable[str],
    added: Mapping[str, Population],
    channel: Iterable[ChannelEdges],
    receiving: Mapping[str, Receive | None],
) -> dict[str, Population]:
    """Return the populations with new relays, without idle ones, and with limits where edges lead.

    Parameters
    ----------
    populations, relays
        Those that there are, and the names of those that are relays.
    added
        New relays.
    channel
        The edges of the new channel.
    receiving
        The new limits of what populations receive; others keep their own while anything arrives,
        and lose those that an earlier recipe gave them.

    Raises
    ------
    NetworkError
        If a new relay has the name of a forward population.
    """
    taken = sorted(set(added) & set(populations) - set(relays))
    if taken:
        raise NetworkError(
            f"populations.{taken[0]} must have another name, because the channel brings a "
            "population of this name; rename it"
        )
    arrows = [arrow for edges in channel for arrow in edges.arrows]
    used, heard = {name for arrow in arrows for name in arrow}, {target for _, target in arrows}
    idle = set(relays) - used
    kept = {name: part for name, part in populations.items() if name not in idle} | dict(added)
    return {name: _limited(part, name, heard, receiving) for name, part in kept.items()}


def _limited(
    population: Population, name: str, heard: set[str], receiving: Mapping[str, Receive | None]
) -> Population:
    if name in heard and name in receiving:
        return population.lent(receiving[name])
    if population.is_lent:
        population = population.returned()
    if name in heard or population.receive is None:
        return population
    return population.without_receive()
