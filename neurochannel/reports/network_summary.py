"""What is said of a network in a few lines: its populations, and its bundles in a table."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.model.bundles import Bundle
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.network import Network
from neurochannel.model.problems import listed
from neurochannel.plot.layout.scene import Pictured
from neurochannel.reports.blocks import Block, Document, Paragraph, Section, TableBlock

MOST = 12
"""Bundles or populations of each kind that are named."""

TITLES = ("bundle", "weights", "edges", "limits")


def network_document(network: Network) -> Document:
    """Return what a network is made of."""
    return Document(_title(network), tuple(_sections(network)))


def _title(network: Network) -> str:
    named = [_population(network, name) for name in network.forward_order]
    relays = [_population(network, name) for name in network.relays]
    aside = f"; in the channel only: {listed(few(relays))}" if relays else ""
    return f"{network.name}: {listed(few(named))}{aside}; loss {network.loss_name}"


def _population(network: Network, name: str) -> str:
    population = network.populations[name]
    image, size = network.image(name), "of the data's size"
    if image:
        size = " × ".join(map(str, image if image[2] > 1 else image[:2]))
    elif population.size is not None:
        size = f"{population.size:,}"
    activation = "" if name == network.input else f" {population.activation}"
    return f"{name} {size}{activation}"


def few(texts: list[str]) -> list[str]:
    """Return the first of some texts, and how many more there are."""
    more = len(texts) - MOST
    return texts if more <= 0 else [*texts[:MOST], f"{more:,} more"]


def _sections(network: Network) -> Iterator[Section]:
    kinds: tuple[tuple[str, tuple[Bundle[ForwardEdges] | Bundle[ChannelEdges], ...]], ...] = (
        ("Forward graph", tuple(network.forward_bundles)),
        ("Learning channel", tuple(network.channel_bundles)),
    )
    for title, bundles in kinds:
        if not bundles:
            yield Section(title, (), "none")
            continue
        rows = [
            (b.name, weights_of(b.edges), wiring_of(network, b), limits_of(b.edges))
            for b in bundles[:MOST]
        ]
        blocks: list[Block] = [TableBlock(TITLES, rows)]
        if len(bundles) > MOST:
            blocks.append(Paragraph(f"... and {len(bundles) - MOST:,} more bundles"))
        yield Section(title, blocks)
    limits = {name: one.receive for name, one in network.populations.items()}
    sums = [(name, one.text) for name, one in limits.items() if one and one.active]
    if sums:
        yield Section("Limits on received sums", (TableBlock(("population", "limits"), sums),))
    real = [(name, one.neuron) for name, one in network.populations.items()]
    neurons = [(name, one.text) for name, one in real if one and one.active]
    if neurons:
        yield Section("Neurons", (TableBlock(("population", "unlike ideal ones"), neurons),))


def weights_of(edges: ForwardEdges | ChannelEdges) -> str:
    """Say where weights come from, or whether they learn."""
    if isinstance(edges, ChannelEdges):
        return edges.weights if edges.sets is None else f"{edges.weights}, {edges.sets} sets"
    if edges.pool:
        return edges.pool.kind
    kind = "learning" if edges.learn else "frozen"
    return f"{kind}, shared: {edges.share}" if edges.share else kind


def wiring_of(network: Pictured, bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges]) -> str:
    """Say which neurons are joined."""
    edges = bundle.edges
    if isinstance(edges, ForwardEdges) and edges.rule:
        return edges.rule.label
    if isinstance(edges, ChannelEdges) and edges.shared == "maps":
        return "shared by maps"
    across = f"{bundle.target} -> {bundle.sender(network.output)}"
    against = next((b.edges.rule for b in network.forward_bundles if b.name == across), None)
    back = isinstance(edges, ChannelEdges) and (edges.shared or edges.weights == "tied")
    if against and back:
        return f"against {against.label}"
    if edges.edges is not None:
        return f"{len(edges.edges):,} listed"
    if edges.one_to_one:
        return "one to one"
    if edges.fan_in is not None:
        return f"fan-in {edges.fan_in}"
    return "all to all" if edges.density is None else f"density {edges.density:g}"


def limits_of(edges: ForwardEdges | ChannelEdges) -> str:
    """Say what limits messages and changes; empty if nothing does."""
    parts = []
    if edges.message and edges.message.active:
        parts.append(f"messages: {edges.message.text}")
    if isinstance(edges, ChannelEdges) and not edges.derivative:
        parts.append("without f'")
    if edges.update and edges.update.active:
        parts.append(f"changes: {edges.update.text}")
    return "; ".join([*parts, *edges.step_texts])
