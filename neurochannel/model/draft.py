"""What can still be read of a network whose description has mistakes, to find the others too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard, TypeVar

from neurochannel.model.bundles import bundles_of
from neurochannel.model.edges import MAP_RULES, ChannelEdges, Edges, ForwardEdges
from neurochannel.model.populations import Population
from neurochannel.model.wiring import Wiring

SomeEdges = TypeVar("SomeEdges", bound=Edges)


def drafted(value: Mapping[str, Any]) -> Wiring | None:
    """Return the wiring as far as it can be read, None if its outline cannot."""
    populations = value.get("populations")
    forward, channel = value.get("forward"), value.get("channel", ())
    if not (isinstance(populations, Mapping) and _is_list(forward) and _is_list(channel)):
        return None
    forward_read = _read_all(ForwardEdges, forward)
    channel_read = _read_all(ChannelEdges, channel)
    return Wiring(
        {str(name): Population._attempt(part)[0] for name, part in populations.items()},
        bundles_of("forward", forward_read),
        bundles_of("channel", channel_read),
        None not in forward_read,
        None not in channel_read,
        frozenset(name for part in forward for name in _wrongly_ruled(part)),
    )


def _wrongly_ruled(part: Any) -> tuple[str, ...]:
    """Return the populations to which a rule with mistakes leads."""
    if not isinstance(part, Mapping) or not any(part.get(name) for name in MAP_RULES):
        return ()
    _, problems = ForwardEdges._attempt(part)
    wrong = any(problem.path and problem.path[0] in MAP_RULES for problem in problems)
    edges = _read(ForwardEdges, part) if wrong else None
    return tuple(target for _, target in edges.arrows) if edges else ()


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _read_all(kind: type[SomeEdges], parts: Sequence[Any]) -> list[SomeEdges | None]:
    return [_read(kind, part) for part in parts]


def _read(kind: type[SomeEdges], part: Any) -> SomeEdges | None:
    """Read the edges without the keys that have mistakes, or their path alone, or nothing."""
    made, problems = kind._attempt(part)
    if made is not None or not isinstance(part, Mapping):
        return made
    wrong = {problem.path[0] for problem in problems if problem.path}
    if "edges" in wrong:
        wrong.add("init")
    kept = {key: item for key, item in part.items() if key not in wrong}
    for rest in (kept, {"path": part.get("path")}):
        made, _ = kind._attempt(rest)
        if made is not None:
            return made
    return None
