"""Windows that leave pixels out, weights on no wire or on many, and images with colors first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.window_edges import unread
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Network
from neurochannel.observe.lint.finding import Finding, warning

COLORS = (1, 3, 4)
"""How many maps pictures have."""
MANY = 16
"""Wires of one adaptive weight from which on its steps are worth a warning."""


def left_out(network: Network, population: str) -> np.ndarray:
    """Return which neurons no window holds, where nothing but windows read them, (size,) bool."""
    own = [network.geometries.get(b.name) for b in network.forward_at.out_of(population)]
    neurons = np.zeros(network.size(population), bool)
    if not own or None in own:
        return neurons
    pixels = np.logical_and.reduce([unread(made).ravel() for made in own if made])
    return np.repeat(pixels, len(neurons) // len(pixels))


def window_findings(network: Network) -> Iterator[Finding]:
    """Find what windows miss, broadcasts that take big steps, and maps where rows should be."""
    yield from _colors_first(network)
    for bundle in network.forward_bundles:
        made = network.geometries.get(bundle.name)
        if made:
            yield from _cut_off(f"{bundle.where} {bundle.name}", bundle.source, made)
            yield from _off_image(f"{bundle.where} {bundle.name}", made)
    for edge in network.channel_bundles:
        image = network.image(edge.target)
        if edge.edges.shared != "maps" or edge.edges.weights != "adaptive" or image is None:
            continue
        n = image[0] * image[1]
        if n >= MANY and edge.edges.rate_factor == 1.0:
            yield warning(
                f"{edge.where} {edge.name}",
                f"changes each weight by the sum over the {n:,} neurons of a map, a large step; "
                f"lower it, for example by rate_factor = {1 / n:.2g}",
            )


def _colors_first(network: Network) -> Iterator[Finding]:
    """Find images of [maps, height, width], as other tools have them."""
    image = network.image(network.input)
    reading = network.forward_at.out_of(network.input)
    if image is None or not any(bundle.name in network.geometries for bundle in reading):
        return
    if image[0] in COLORS and image[1] == image[2] > max(COLORS):
        height, width, maps = image
        yield warning(
            f"populations.{network.input}",
            f"has images of {height} rows, {width} columns and {maps} maps; shapes are [height, "
            "width, maps], so if colors come first, turn arrays by x.transpose(0, 2, 3, 1), "
            "unless it is meant",
        )


def _cut_off(where: str, source: str, made: Geometry) -> Iterator[Finding]:
    left = unread(made)
    lines = zip(("rows", "columns"), left.shape, (1, 0), strict=True)
    parts = [
        f"{n} of {size} {what}"
        for what, size, axis in lines
        if (n := int(np.sum(np.all(left, axis=axis))))
    ]
    if parts:
        size, stride = (" x ".join(map(str, two)) for two in (made.kernel, made.stride))
        yield warning(
            where,
            f"leaves out {' and '.join(parts)} of '{source}', since windows of {size} with a "
            f"stride of {stride} do not tile {left.shape[0]} x {left.shape[1]}; choose others, "
            "unless it is meant",
        )


def _off_image(where: str, made: Geometry) -> Iterator[Finding]:
    total = int(np.prod(made.weight_shape))
    if made.kind == "conv" and made.n_used < total:
        yield warning(
            where,
            f"has {total - made.n_used:,} of {total:,} weights that only meet zeros around the "
            f"image of {made.source[0]} x {made.source[1]}; choose a smaller kernel or padding",
        )
