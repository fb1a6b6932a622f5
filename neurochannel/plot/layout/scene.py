"""What a drawing shows: blocks with their text, and arrows with their labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, Protocol

from neurochannel.model.bundles import Bundle
from neurochannel.model.edges import ERROR, STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.maps import Image
from neurochannel.model.populations import Population
from neurochannel.plot.layout.sheets import DEPTH
from neurochannel.plot.layout.text_widths import (
    FONT_SIZE,
    SMALL,
    elided,
    line_height,
    text_width,
    widest,
)

Shape = Literal["population", "maps", "relay", "error"]
WIDEST = 1.15
"""Inches of text in a block; longer names lose their middle."""
PAD = 0.06
LONGEST = 0.8
"""Inches of a line of a label that says several things."""


class Pictured(Protocol):
    """What a drawing needs of a network, or of one whose text still has mistakes."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def populations(self) -> Mapping[str, Population]: ...  # noqa: D102
    @property
    def forward_bundles(self) -> tuple[Bundle[ForwardEdges], ...]: ...  # noqa: D102
    @property
    def channel_bundles(self) -> tuple[Bundle[ChannelEdges], ...]: ...  # noqa: D102
    @property
    def input(self) -> str: ...  # noqa: D102
    @property
    def output(self) -> str: ...  # noqa: D102
    @property
    def starts(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def relays(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def forward_order(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def channel_order(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def pools(self) -> frozenset[str]: ...  # noqa: D102
    def image(self, name: str) -> Image | None: ...  # noqa: D102


class Block(NamedTuple):
    """A population or what the channel starts from: lines of text in a shape, sizes in inches."""

    name: str
    lines: tuple[str, ...]
    shape: Shape
    width: float
    height: float


class Arrow(NamedTuple):
    """A bundle: its ends, the key of its look, and lines of small text."""

    source: str
    target: str
    kind: Literal["forward", "channel"]
    look: str
    label: tuple[str, ...]
    name: str

    @property
    def label_size(self) -> tuple[float, float]:
        """Width and height of the label, inches."""
        if not self.label:
            return 0.0, 0.0
        return widest(self.label, SMALL) + 0.06, len(self.label) * line_height(SMALL) + 0.02


class Scene(NamedTuple):
    """Blocks by name and arrows; what the channel starts from is next to the output.

    It is one block named `error` whatever is sent; what it sends to the output itself is no arrow
    but a line of text there. Where a part of a network lacks the input or the output, the first or
    the last population has that place.
    """

    blocks: dict[str, Block]
    arrows: tuple[Arrow, ...]
    input: str
    output: str
    forward_order: tuple[str, ...]
    channel_order: tuple[str, ...]


def scene_of(network: Pictured) -> Scene:
    """Return what the drawing of a network shows."""
    kinds = {bundle.edges.weights for bundle in network.channel_bundles}
    forward = [
        Arrow(
            b.source,
            b.target,
            "forward",
            "forward" if b.edges.learn and not b.edges.pool else "frozen",
            _packed([*_forward_label(b.edges)]),
            b.name,
        )
        for b in network.forward_bundles
    ]
    channel = [
        Arrow(
            ERROR if b.source in STARTS else b.source,
            b.target,
            "channel",
            b.edges.weights,
            _packed([*_start_label(b, network.starts), *_channel_label(b.edges, len(kinds) > 1)]),
            b.name,
        )
        for b in network.channel_bundles
        if not _is_next_to(network, b)
    ]
    blocks = {name: _block(network, name) for name in network.populations}
    if network.starts:
        text = ", ".join(network.starts)
        width = text_width(text) + 2 * PAD + 0.08
        blocks[ERROR] = Block(ERROR, (text,), "error", width, line_height(FONT_SIZE) + 0.08)
    return Scene(
        blocks,
        (*forward, *channel),
        network.input if network.input in blocks else network.forward_order[0],
        network.output if network.output in blocks else network.forward_order[-1],
        network.forward_order,
        network.channel_order,
    )


def _block(network: Pictured, name: str) -> Block:
    population = network.populations[name]
    # What enters the input is its activity, whatever its activation is called; pools have none.
    f = "" if name == network.input or name in network.pools else population.activation
    relay = name in network.relays
    lines = (
        elided(name, WIDEST),
        *_second_line(_size(network, name), f),
        *_bias_lines(network, name),
        *_receive_lines(population),
        *_neuron_lines(population),
        *(line for b in network.channel_bundles if b.target == name for line in _own(network, b)),
    )
    width = max(text_width(lines[0]), widest(lines[1:], SMALL)) + 2 * PAD + 0.1 * relay
    height = line_height(FONT_SIZE) + (len(lines) - 1) * line_height(SMALL) + 0.06
    if _has_maps(network, name):
        return Block(name, lines, "maps", width + DEPTH, height + DEPTH)
    return Block(name, lines, "relay" if relay else "population", width, height)


def _has_maps(network: Pictured, name: str) -> bool:
    """Tell whether a population has several maps, or may have where its shape is left to data."""
    image = network.image(name)
    if image is not None:
        return image[2] > 1
    return any(b.edges.rule for b in network.forward_bundles if name in b.ends)


def _size(network: Pictured, name: str) -> str:
    """Return height, width and maps of an image, else how many neurons there are."""
    image = network.image(name)
    if image is not None:
        return " × ".join(map(str, image if image[2] > 1 else image[:2]))
    size = network.populations[name].size
    return "from data" if size is None else f"{size:,}"


def _is_next_to(network: Pictured, bundle: Bundle[ChannelEdges]) -> bool:
    """Tell whether a bundle leads to the output from what stands next to it."""
    return bundle.source in STARTS and bundle.target == network.output


def _own(network: Pictured, bundle: Bundle[ChannelEdges]) -> tuple[str, ...]:
    """Return lines of what the output gets from what stands next to it."""
    if not _is_next_to(network, bundle):
        return ()
    return _packed([f"R: {bundle.source}", *_channel_label(bundle.edges, True)])


def _start_label(bundle: Bundle[ChannelEdges], starts: tuple[str, ...]) -> list[str]:
    """Return what is sent, where the block says several things."""
    return [bundle.source] if bundle.source in starts and len(starts) > 1 else []


def _second_line(size: str, f: str) -> tuple[str, ...]:
    together = f"{size} · {f}" if f else size
    return (together,) if text_width(together, SMALL) <= WIDEST else (size, f)


def _bias_lines(network: Pictured, name: str) -> tuple[str, ...]:
    rule = None if name == network.input else network.populations[name].bias_rule
    return _packed([f"b: {word}" for word in _shared_step(rule)]) if rule else ()


def _receive_lines(population: Population) -> tuple[str, ...]:
    return _packed(
        [f"J: {word}" for word in population.receive.labels] if population.receive else []
    )


def _neuron_lines(population: Population) -> tuple[str, ...]:
    neuron = population.neuron
    if neuron is None:
        return ()
    ends = (
        ("S", neuron.at_input),
        ("O", neuron.at_output),
        ("R", tuple(stage for stage in neuron.of_signal if stage not in neuron.at_output)),
    )
    lines = [f"{symbol}: {stage.label}" for symbol, stages in ends for stage in stages]
    return _packed(lines + [f"R: {word}" for word in neuron.labels[len(neuron.stages) :]])


def _packed(words: list[str]) -> tuple[str, ...]:
    """Return lines of words, as few as are not too long."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]}, {word}" if lines else word
        if lines and text_width(longer, SMALL) <= LONGEST:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def _forward_label(edges: Any) -> Iterator[str]:
    sent = edges.message.labels if edges.message is not None else ()
    words = [*_sparsity(edges), *sent, *_shared_step(edges)]
    if not edges.learn:
        words.insert(0, "frozen")
    yield from words


def _channel_label(edges: ChannelEdges, several: bool) -> Iterator[str]:
    """Yield lines; the kind of weights only where it differs, since the legend names it."""
    if several:
        yield edges.weights.replace("_", " ")
    if edges.sets is not None:
        yield f"{edges.sets} sets"
    yield from _sparsity(edges)
    if edges.message is not None:
        yield from edges.message.labels
    if not edges.derivative:
        yield "no f′"
    yield from _step(edges)


def _sparsity(edges: Any) -> Iterator[str]:
    if isinstance(edges, ForwardEdges) and edges.rule:
        yield edges.rule.label
    if isinstance(edges, ChannelEdges) and edges.shared:
        yield f"shared by {edges.shared}"
    if edges.fan_in is not None:
        yield f"k = {edges.fan_in}"
    if edges.density is not None:
        yield f"p = {edges.density:g}"
    if edges.one_to_one:
        yield "1 : 1"
    if edges.edges is not None:
        n = len(edges.edges)
        yield f"{n:,} edge{'s' * (n != 1)}"


def _shared_step(learning: Any) -> Iterator[str]:
    """Yield the name that several share, and what is said of changes."""
    if learning.share is not None:
        yield f"= {learning.share}"
    yield from _step(learning)


def _step(learning: Any) -> Iterator[str]:
    """Yield what is said of changes: their limits, and the rest of the step."""
    if learning.update is not None:
        yield f"Δ {learning.update.label}"
    yield from learning.step_labels
