"""A network whose text has mistakes, as far as it can be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neurochannel.errors import NetworkError
from neurochannel.model.bundles import Bundle
from neurochannel.model.draft import drafted
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.maps import Image
from neurochannel.model.populations import Population
from neurochannel.model.toml_reader import parse
from neurochannel.model.wiring import Wiring


@dataclass(frozen=True)
class Sketch:
    """What drawings need of a network, see `neurochannel.plot.layout.scene.Pictured`.

    Parameters
    ----------
    apart
        Populations without any edge, which are not in the drawing.
    """

    name: str
    populations: Mapping[str, Population]
    forward_bundles: tuple[Bundle[ForwardEdges], ...]
    channel_bundles: tuple[Bundle[ChannelEdges], ...]
    input: str
    output: str
    starts: tuple[str, ...]
    relays: tuple[str, ...]
    forward_order: tuple[str, ...]
    channel_order: tuple[str, ...]
    pools: frozenset[str]
    images: Mapping[str, Image]
    apart: tuple[str, ...]

    def image(self, name: str) -> Image | None:
        """Return (height, width, maps) of a population, None if it is no image."""
        return self.images.get(name)


def sketch_of(text: str) -> Sketch | tuple[str, ...]:
    """Return what can be drawn of a text, or the names of populations if nothing can."""
    try:
        tree = parse(text)
    except NetworkError:
        return ()
    drafted_ = drafted({"channel": [], "forward": [], **tree})
    if drafted_ is None:
        return _names(tree)
    wiring = _without_repeats(drafted_.readable())
    apart = tuple(name for name in wiring.populations if name not in wiring.on_any)
    if not wiring.is_acyclic or not wiring.sources or not wiring.sinks or not _has_order(wiring):
        return tuple(wiring.populations)
    drawn = {
        name: part or Population()
        for name, part in wiring.populations.items()
        if name in wiring.on_any
    }
    return Sketch(
        str(tree.get("name", "network")),
        drawn,
        wiring.forward,
        wiring.channel,
        wiring.input or wiring.sources[0],
        wiring.output or wiring.sinks[-1],
        wiring.starts,
        tuple(name for name in drawn if name not in wiring.on_forward),
        wiring.forward_order(),
        wiring.channel_order(),
        wiring.pools,
        wiring.shapes,
        apart,
    )


def _names(tree: Mapping[str, Any]) -> tuple[str, ...]:
    populations = tree.get("populations")
    return tuple(map(str, populations)) if isinstance(populations, Mapping) else ()


def _without_repeats(wiring: Wiring) -> Wiring:
    """Leave out loops and what is there twice."""
    forward = {bundle.name: bundle for bundle in wiring.forward if len(set(bundle.ends)) == 2}
    channel = {bundle.name: bundle for bundle in wiring.channel if len(set(bundle.ends)) == 2}
    return Wiring(wiring.populations, tuple(forward.values()), tuple(channel.values()))


def _has_order(wiring: Wiring) -> bool:
    import networkx as nx

    return bool(nx.is_directed_acyclic_graph(wiring.channel_graph))
