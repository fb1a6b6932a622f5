"""Pictures of large networks: a matrix of all neurons, shaded by how many edges there are."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from matplotlib.colors import to_rgb

from neurochannel.engine.edgelists import draw_edges
from neurochannel.engine.simulation import Simulation
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.network import Network
from neurochannel.plot.graph.ink import GRAY, Page
from neurochannel.plot.graph.legend import Legend, LegendEntry
from neurochannel.plot.graph.neurons import listed_edges
from neurochannel.plot.layout.depth_order import (
    Counts,
    DepthOrder,
    EdgeCounter,
    depth_order,
)
from neurochannel.plot.layout.looks import CHANNEL, FORWARD
from neurochannel.plot.layout.text_widths import SMALL, line_height

FAINTEST = 0.25
"""Shade of a cell with few edges, which must still be seen on white."""
MARGIN = 0.1
LABEL = line_height(SMALL) + 0.05


def draw_adjacency(network: Network, run: Simulation | None, width: float, top: float) -> Page:
    """Draw forward edges below the diagonal and channel edges above it.

    A cell is at the place of its senders from left to right, and of its receivers from top to
    bottom, both in the order of depth. What leaves `error` is where the output neurons are.
    """
    order = depth_order(network)
    forward, channel = _counted(network, run, order)
    legend = Legend(_entries(network, order, (forward.n_edges, channel.n_edges)), width)
    side = width - LABEL - 2 * MARGIN
    bottom = legend.height + LABEL + MARGIN
    page = Page(width, bottom + side + MARGIN + top, 1.0)
    legend.draw(page)
    left = MARGIN + LABEL
    page.axes.imshow(
        _picture(forward.counts(), channel.counts(), order.room()),
        extent=(left, left + side, bottom, bottom + side),
        interpolation="nearest",
        aspect="auto",
        zorder=1,
    )
    _frame(page, order, network, left, bottom, side)
    return page


def _counted(
    network: Network, run: Simulation | None, order: DepthOrder
) -> tuple[EdgeCounter, EdgeCounter]:
    """Return how many edges of both kinds are in each cell."""
    lists = draw_edges(network, 0 if run is None else run.seed)
    forward, channel = EdgeCounter(order), EdgeCounter(order)
    for counter, bundles in (
        (forward, network.forward_bundles),
        (channel, network.channel_bundles),
    ):
        for bundle in cast("tuple[AnyBundle, ...]", bundles):
            edges = listed_edges(network, lists, bundle, channel=counter is channel)
            counter.add((bundle.sender(network.output), bundle.target), edges)
    return forward, channel


def _picture(forward: Counts, channel: Counts, room: Counts) -> np.ndarray:
    """Return colors of all cells, (n, n, 3): the more edges there are for their room, the more."""
    picture = np.ones((*forward.shape, 3))
    for counts, color in ((forward, FORWARD), (channel, CHANNEL)):
        density = counts / room
        largest = density.max()
        if not largest:
            continue
        shade = np.where(counts > 0, FAINTEST + (1 - FAINTEST) * np.sqrt(density / largest), 0.0)[
            ..., None
        ]
        picture = np.minimum(picture, 1 - shade * (1 - np.array(to_rgb(color))))
    return picture


def _entries(network: Network, order: DepthOrder, n_edges: tuple[int, int]) -> list[LegendEntry]:
    kinds = {bundle.edges.weights for bundle in network.channel_bundles}
    look = next(iter(kinds)) if len(kinds) == 1 else "tied"
    entries = [LegendEntry("forward", f"forward: {n_edges[0]:,} edges")]
    if n_edges[1]:
        entries.append(LegendEntry(look, f"channel: {n_edges[1]:,} edges"))
    return [*entries, LegendEntry("", f"{order.n_neurons:,} neurons by depth, darker: more edges")]


def _frame(
    page: Page, order: DepthOrder, network: Network, left: float, bottom: float, side: float
) -> None:
    """Draw the border, the diagonal, and lines where the input ends and the output begins."""
    look: dict[str, Any] = {"color": GRAY, "linewidth": 0.5, "zorder": 2}
    right, upper = left + side, bottom + side
    page.axes.plot([left, right, right, left, left], [bottom, bottom, upper, upper, bottom], **look)
    page.axes.plot([left, right], [upper, bottom], **{**look, "linewidth": 0.3})
    scale = side / order.n_neurons
    places = {order.sizes[name] for name in (network.input,) if name in order.first}
    if network.output in order.first:
        start = order.first[network.output]
        places |= {start, start + order.sizes[network.output]}
    for place in places - {order.n_neurons}:
        at = place * scale
        page.axes.plot([left + at] * 2, [bottom, upper], **{**look, "linestyle": (0, (1, 2))})
        page.axes.plot([left, right], [upper - at] * 2, **{**look, "linestyle": (0, (1, 2))})
    page.text((left + right) / 2, bottom - LABEL / 2, "senders, from the input on", SMALL)
    middle = (bottom + upper) / 2
    page.text(left - LABEL / 2, middle, "receivers, from the input down", SMALL, rotation=90)
