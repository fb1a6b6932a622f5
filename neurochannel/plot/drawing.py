"""Drawings of networks: populations as blocks or single neurons, and the edges of both kinds."""

from __future__ import annotations

from typing import Literal, get_args

from matplotlib.figure import Figure

from neurochannel.engine.simulation import Simulation
from neurochannel.errors import NetworkError, OptionError
from neurochannel.model.network import Network
from neurochannel.observe.weight_sizes import rms_weights
from neurochannel.plot.graph.adjacency import draw_adjacency
from neurochannel.plot.graph.ink import Page, draw_scene
from neurochannel.plot.graph.legend import Legend, entries_of
from neurochannel.plot.graph.neurons import (
    curves_of,
    draw_neurons,
    is_drawn_by_neuron,
    label_rows,
)
from neurochannel.plot.graph.part import Reach, neurons_near, reach_of
from neurochannel.plot.layout.arrange import arrange
from neurochannel.plot.layout.circles import (
    FEW_NEURONS,
    Curves,
    Neurons,
    labels_width,
    place_neurons,
    untangle,
)
from neurochannel.plot.layout.scene import Scene, scene_of
from neurochannel.plot.layout.text_widths import FONT_SIZE, elided, line_height
from neurochannel.plot.panels import COLUMN
from neurochannel.plot.style import styled

Level = Literal["population", "neuron", "adjacency"]
NARROWEST, WIDEST = 1.0, 40.0
MOST_BLOCKS, MOST_ARROWS = 60, 120
"""Populations and bundles of a drawing in blocks; more could not be read, and would take long."""
TOP = line_height(FONT_SIZE) + 0.08
"""Room for a title, inches."""


def network(
    network: Network,
    *,
    run: Simulation | None = None,
    level: Level | None = None,
    around: str | int | None = None,
    depth: int | None = None,
    title: str | None = None,
    width: float = COLUMN,
) -> Figure:
    """Draw a network, or a part of it: forward edges one way, the learning channel the other.

    Blocks are populations with their size and activation; relays, which exist in the channel
    only, are hexagons. Color tells the two kinds of edges apart, dashes where the weights of the
    channel come from, and labels say fan-in, bits and what else limits an edge. The layout is made
    so that nothing overlaps: it runs from left to right where the page is wide enough for the
    depth, else upward.

    Parameters
    ----------
    run
        A run of the network, whose weights set the width of lines: the root mean square of a
        bundle, or each weight at the level of neurons, where negative ones are dashed.
    level
        "population", "neuron" or "adjacency": a matrix of all neurons in the order of depth,
        forward edges below the diagonal and channel edges above it, shaded by their density. None
        for neurons where every edge is listed singly or all neurons have names and there are at
        most 60, and where some are listed and there are at most 200 neurons in more than 60
        bundles, else populations. More than 60 populations or 120 bundles are always drawn as a
        matrix.
        Edges that are drawn at random are those of the run, or of seed 0.
    around
        A population or a neuron: draw only what lies within `depth` edges of it, forward or
        channel, in any direction. Around a neuron, single neurons are drawn unless the level is
        another. What the channel starts from, such as `error`, joins no populations; with the
        output, it is drawn where it teaches one that is nearer than `depth`.
    depth
        How many edges from `around`; None for 1.
    title
        A line above the drawing.
    width
        Of the figure, inches: 3.5 for a column of a journal, 7 for two. Text has 8 points, and is
        smaller only where a network is too wide for the page.

    Returns
    -------
    Figure
        Save it with `neurochannel.plot.save`.

    Raises
    ------
    OptionError
        If the width, the level or the depth cannot be, there is no population or neuron with the
        name, the run is one of another network, or there is too much to draw.
    NetworkError
        If neurons are drawn whose number is left to the data.
    """
    _check(network, run, level, width)
    if run is not None:
        network = run.network
    reach = reach_of(network, around, depth)
    if reach is not None:
        network = reach.part
    by_neuron = reach is not None and reach.neuron is not None and level in (None, "neuron")
    chosen = "neuron" if by_neuron else _chosen(network, level)
    with styled():
        top = TOP if title else 0.0
        if reach is not None and by_neuron:
            page = _neurons_near(reach, run, width, top)
        else:
            page = _page(network, run, chosen, width, top)
        if title:
            text = elided(title, page.width - 0.2)
            page.text(page.width / 2, page.height - TOP / 2, text)
    return page.figure


def _page(network: Network, run: Simulation | None, level: Level, width: float, top: float) -> Page:
    if level == "adjacency":
        return draw_adjacency(network, run, width, top)
    draw = _neurons if level == "neuron" else _populations
    return draw(network, scene_of(network), run, width, top)


def _check(network: Network, run: Simulation | None, level: Level | None, width: float) -> None:
    """Refuse what cannot be drawn."""
    if not (NARROWEST <= width <= WIDEST):
        raise OptionError(
            f"width must lie between {NARROWEST:g} and {WIDEST:g} inches, got {width}; "
            "3.5 is a column of a journal"
        )
    if level not in (None, *get_args(Level)):
        raise OptionError(
            f"level must be 'population', 'neuron' or 'adjacency', got {level!r}; leave it out to "
            "have it chosen"
        )
    if run is not None and not _is_of(run, network):
        raise OptionError(
            f"run must be one of the network '{network.name}', got a run of "
            f"'{run.network.name}', which is another; draw run.network"
        )


def _chosen(network: Network, level: Level | None) -> Level:
    if level == "neuron" or (level is None and is_drawn_by_neuron(network)):
        return "neuron"
    n_arrows = len(network.forward_bundles) + len(network.channel_bundles)
    is_large = len(network.populations) > MOST_BLOCKS or n_arrows > MOST_ARROWS
    return "adjacency" if is_large or level == "adjacency" else "population"


def _is_of(run: Simulation, network: Network) -> bool:
    """Tell whether a run is one of a network, whose sizes may have been left to the data."""
    ends = run.network.size(run.network.input), run.network.size(run.network.output)
    try:
        return network.sized(*ends, run.network.image(run.network.input)) == run.network
    except NetworkError:
        return False


def _populations(
    network: Network, scene: Scene, run: Simulation | None, width: float, top: float
) -> Page:
    layout = arrange(scene, width)
    total = max(width, layout.width)
    legend = Legend(entries_of(scene, weighted=run is not None), total)
    page = Page(total, layout.height + legend.height + top, min(1.0, width / total))
    legend.draw(page)
    draw_scene(page, scene, layout, _thickness(run), legend.height, (total - layout.width) / 2)
    return page


def _thickness(run: Simulation | None) -> dict[str, float]:
    """Return widths of lines by kind and bundle, by the root mean square of the weights."""
    sizes, out = rms_weights(run) if run else {}, dict[str, float]()
    for kind in ("forward", "channel"):
        own = {name: size for name, size in sizes.items() if name.startswith(f"{kind}: ")}
        largest = max(own.values(), default=0.0) or 1.0
        out |= {name: 0.5 + 1.3 * size / largest for name, size in own.items()}
    return out


def _neurons(
    network: Network, scene: Scene, run: Simulation | None, width: float, top: float
) -> Page:
    left = labels_width(scene, network.starts) + 0.05
    neurons = place_neurons(network, scene, width, left)
    return _with_neurons(network, scene, neurons, curves_of(network, run, neurons.first), run, top)


def _neurons_near(reach: Reach, run: Simulation | None, width: float, top: float) -> Page:
    """Draw the neurons within some edges of one."""
    part, found = neurons_near(reach, run)
    scene = scene_of(part)
    neurons = place_neurons(part, scene, width, labels_width(scene, part.starts) + 0.05)
    return _with_neurons(part, scene, neurons, found(neurons.first), run, top)


def _with_neurons(
    network: Network,
    scene: Scene,
    neurons: Neurons,
    curves: list[Curves],
    run: Simulation | None,
    top: float,
) -> Page:
    if len(neurons.at) <= FEW_NEURONS:
        untangle(neurons, network, curves)
    entries = entries_of(scene, weighted=False, neurons=True, signed=run is not None)
    legend = Legend(entries, neurons.width)
    page = Page(neurons.width, neurons.height + legend.height + top, 1.0)
    legend.draw(page)
    draw_neurons(page, network, neurons, curves, legend.height)
    label_rows(page, neurons, legend.height)
    return page
