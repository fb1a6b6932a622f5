"""All rules that a network as a whole obeys; those that need others to hold come after them."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.model.map_limits import map_limit_rules
from neurochannel.model.map_rules import map_rules
from neurochannel.model.message_rules import message_rules
from neurochannel.model.part_rules import activation_rules, size_rules
from neurochannel.model.problems import Problem
from neurochannel.model.share_rules import share_rules
from neurochannel.model.weight_rules import weight_rules
from neurochannel.model.wiring import Wiring
from neurochannel.model.wiring_rules import channel_rules, end_rules, forward_rules, name_rules


def mistakes_in(wiring: Wiring, loss: str | None) -> Iterator[Problem]:
    """Find all mistakes of a network whose parts are right one by one, each of them once."""
    return iter(dict.fromkeys(_all(wiring, loss)))


def _all(wiring: Wiring, loss: str | None) -> Iterator[Problem]:
    yield from name_rules(wiring)
    wiring = wiring.readable()
    yield from forward_rules(wiring)
    yield from end_rules(wiring)
    yield from channel_rules(wiring)
    yield from weight_rules(wiring)
    yield from message_rules(wiring)
    yield from activation_rules(wiring, loss)
    yield from size_rules(wiring)
    yield from map_rules(wiring)
    yield from map_limit_rules(wiring)
    yield from share_rules(wiring)
