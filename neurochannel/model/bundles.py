"""The single arrows that paths of edges are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Generic, TypeVar

from neurochannel.model.edge_paths import ARROW
from neurochannel.model.edges import STARTS, ChannelEdges, ForwardEdges

AnyEdges = TypeVar("AnyEdges", ForwardEdges, ChannelEdges, covariant=True)


@dataclass(frozen=True)
class Bundle(Generic[AnyEdges]):
    """One arrow of a path: all edges from one population to another.

    Parameters
    ----------
    source, target
        Names of populations; the source of a channel bundle may be one of `STARTS`.
    edges
        The description that it comes from.
    where
        The place of that description in a file, ``forward[0]``.
    """

    source: str
    target: str
    edges: AnyEdges
    where: str

    @cached_property
    def name(self) -> str:
        """``"source -> target"``."""
        return f"{self.source} {ARROW} {self.target}"

    def sender(self, output: str) -> str:
        """Name the population whose neurons send: `output` where the channel starts."""
        return output if self.source in STARTS else self.source

    @property
    def ends(self) -> tuple[str, str]:
        """The source and the target."""
        return self.source, self.target


AnyBundle = Bundle[ForwardEdges] | Bundle[ChannelEdges]


def bundles_of(kind: str, several: Sequence[AnyEdges | None]) -> tuple[Bundle[AnyEdges], ...]:
    """Return one bundle for each arrow of each path, in the order of declaration."""
    return tuple(
        Bundle(source, target, edges, f"{kind}[{index}]")
        for index, edges in enumerate(several)
        if edges is not None
        for source, target in edges.arrows
    )


def with_steps(
    several: Iterable[ForwardEdges], steps: Mapping[str, Mapping[str, Any]]
) -> tuple[ForwardEdges, ...]:
    """Return forward edges of which some bundles learn in another way, if they learn at all.

    Parameters
    ----------
    steps
        Fields of `Learning` by the names of bundles. Paths are cut where these differ.
    """
    made = []
    for edges in several:
        own = steps if edges.learn and not edges.pool else {}
        arrows = [(arrow, own.get(f" {ARROW} ".join(arrow), {})) for arrow in edges.arrows]
        for fields, group in groupby(arrows, key=lambda pair: pair[1]):
            ends = [arrow for arrow, _ in group]
            path = f" {ARROW} ".join([ends[0][0], *(target for _, target in ends)])
            made.append(edges.model_copy(update={"path": path, **fields}))
    return tuple(made)
