"""Weights of both channels as images, the learning channel next to the forward weights."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from neurochannel.engine.edgelists import mirror
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.model.network import Network
from neurochannel.plot.layout.text_widths import FONT_SIZE, SMALL, elided, line_height, text_width
from neurochannel.plot.panels import COLUMN
from neurochannel.plot.style import styled

COLORS = "PuOr_r"
"""Purple for negative, white for 0, orange for positive; told apart by color-blind readers."""
KINDS = ("weights", "channel weights")
MAPS_OF = "maps of "
MOST_PANELS = 24
MOST_CELLS = 2**24
LEFT, RIGHT, BETWEEN, BAR = 0.5, 0.5, 0.5, 0.09
HEAD = line_height(FONT_SIZE) + 0.1
FOOT = 0.34


class Image(NamedTuple):
    """A matrix to show: its title, the names of its axes, and which scale it shares.

    `grid` are the rows and columns of the pictures that it is made of, where it is.
    """

    title: str
    rows: str
    columns: str
    values: np.ndarray
    kind: str
    grid: tuple[int, int] | None = None


def matrices(
    run: Simulation | Network, names: str | Sequence[str] | None = None, *, width: float = COLUMN
) -> Figure:
    """Draw weight matrices as images: rows are sources, columns receivers.

    Kernels are pictures of rows and columns of a window, one below the other for the maps of the
    source and side by side for those of the receiver; local windows are those of the first
    position. Pooling has no weights.

    A channel bundle C that runs against a forward bundle W is next to W', so that their
    symmetry can be seen. Colors are centered at 0; all forward matrices share one scale, all of
    the channel another.

    Parameters
    ----------
    run
        A run, or a network whose initial weights of seed 0 are drawn.
    names
        Names of bundles of either kind; None for all of the channel, and all of the forward graph
        if there is no channel. A name that belongs to both kinds shows both.
    width
        Of the figure, inches.

    Returns
    -------
    Figure
        Save it with `neurochannel.plot.save`.

    Raises
    ------
    OptionError
        If there is no such bundle, or more than 24 or too large ones.
    NetworkError
        If sizes of the network are left to the data.
    """
    if isinstance(run, Network):
        run = Simulation(run)
    rows = [_images(run, name) for name in _chosen(run.network, names)]
    scales = {kind: _largest(rows, kind) or 1.0 for kind in KINDS}
    with styled():
        return _drawn(rows, scales, width)


def _largest(rows: list[list[Image]], kind: str) -> float:
    sizes = [np.nanmax(np.abs(i.values), initial=0) for row in rows for i in row if i.kind == kind]
    return float(max(sizes, default=0.0))


def _chosen(network: Network, names: str | Sequence[str] | None) -> list[str]:
    forward = [bundle.name for bundle in network.forward_bundles if not bundle.edges.pool]
    pools = [name for name, made in network.geometries.items() if made.pools]
    channel = [
        bundle.name
        for bundle in network.channel_bundles
        if bundle.edges.weights != "tied" or mirror(network, bundle) not in pools
    ]
    if names is None:
        chosen = channel or forward
    else:
        chosen = [names] if isinstance(names, str) else list(names)
    known = dict.fromkeys(forward + channel)
    for name in chosen:
        if name not in known:
            close = get_close_matches(str(name), known, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}"
            raise OptionError(f"names must be of bundles, got {name!r}; {hint}")
    if not 1 <= len(chosen) <= MOST_PANELS:
        raise OptionError(
            f"names must be between 1 and {MOST_PANELS} bundles to draw, got {len(chosen)}; "
            "name those that you want to see"
        )
    return list(dict.fromkeys(chosen))


def _images(run: Simulation, name: str) -> list[Image]:
    """Return what stands side by side for a bundle of this name."""
    images = []
    for bundle in run.network.channel_bundles:
        if bundle.name == name:
            images.append(_image(run, name, channel=True))
            opposite = mirror(run.network, bundle)
            if opposite in run.weights:
                images.append(_image(run, opposite, channel=False, transposed=True))
    if name in run.weights:
        images.append(_image(run, name, channel=False))
    return images


def _image(run: Simulation, name: str, *, channel: bool, transposed: bool = False) -> Image:
    source, target = name.split(" -> ")
    views = run.channel_weights if channel else run.weights
    shape = views.shape(name)
    if len(shape) > 2:
        return _kernels(name, views[name], channel=channel)
    if shape[0] * shape[1] > MOST_CELLS:
        raise OptionError(
            f"'{name}' must have at most {MOST_CELLS:,} possible edges to be an image, got "
            f"{shape[0]:,} x {shape[1]:,}; name other bundles"
        )
    values = np.asarray(views[name], np.float64)
    if transposed:
        return Image(f"({name})ᵀ", target, source, values.T, "weights")
    return Image(name, source, target, values, "channel weights" if channel else "weights")


def _kernels(name: str, weights: np.ndarray, *, channel: bool) -> Image:
    """Lay kernels out side by side, with a blank line between them: one for each pair of maps.

    Those of a channel that runs against windows have the same axes as the forward ones.
    """
    kernels = np.asarray(weights, np.float64)
    kernels = kernels[0, 0] if kernels.ndim > 4 else kernels
    height, width, n, m = kernels.shape
    values = np.full((n * (height + 1) - 1, m * (width + 1) - 1), np.nan)
    for c in range(n):
        for k in range(m):
            y, x = c * (height + 1), k * (width + 1)
            values[y : y + height, x : x + width] = kernels[:, :, c, k]
    ends = name.split(" -> ")
    low, high = reversed(ends) if channel else ends
    title, kind = (name, "channel weights") if channel else (name, "weights")
    return Image(title, f"{MAPS_OF}{low}", f"{MAPS_OF}{high}", values, kind, (n, m))


def _drawn(rows: list[list[Image]], scales: dict[str, float], width: float) -> Figure:
    columns = max(map(len, rows))
    cell = (width - LEFT - RIGHT - BETWEEN * (columns - 1)) / columns
    heights = [_height(row, cell) for row in rows]
    kinds = [kind for kind in scales if any(i.kind == kind for row in rows for i in row)]
    bars = len(kinds) * 0.42
    total = sum(heights) + len(rows) * (HEAD + FOOT) + bars + 0.05
    figure = Figure(figsize=(width, total))
    top = total
    for row, height in zip(rows, heights, strict=True):
        top -= HEAD + height
        for column, image in enumerate(row):
            left = LEFT + column * (cell + BETWEEN)
            box = (left / width, top / total, cell / width, height / total)
            _show(figure.add_axes(box), image, scales[image.kind], cell + BETWEEN - 0.1)
        top -= FOOT
    for number, kind in enumerate(reversed(kinds)):
        bottom = 0.3 + number * 0.42
        box = (LEFT / width, bottom / total, (width - LEFT - RIGHT) / width, BAR / total)
        norm = Normalize(-scales[kind], scales[kind])
        bar = figure.colorbar(
            ScalarMappable(norm, COLORS), cax=figure.add_axes(box), orientation="horizontal"
        )
        bar.outline.set_linewidth(0.4)
        bar.ax.tick_params(length=2, pad=1)
        bar.ax.set_title(kind, fontsize=SMALL, pad=2)
    return figure


def _height(row: list[Image], cell: float) -> float:
    """Return the height of a row of images: square cells, unless that is too flat or too high."""
    shapes = [image.values.shape for image in row]
    return float(np.clip(cell * max(n / m for n, m in shapes), 0.35, 1.2 * cell))


def _show(axes: Axes, image: Image, scale: float, room: float) -> None:
    axes.imshow(
        image.values,
        cmap=COLORS,
        vmin=-scale,
        vmax=scale,
        aspect="auto",
        interpolation="nearest" if max(image.values.shape) <= 300 else "antialiased",
    )
    axes.grid(visible=False)
    for side in ("right", "top"):
        axes.spines[side].set_visible(True)
    axes.set_title(elided(image.title, room), fontsize=FONT_SIZE, pad=3)
    n, m = image.grid or image.values.shape
    for axis, count, cells in zip(
        (axes.yaxis, axes.xaxis), (n, m), image.values.shape, strict=True
    ):
        pitch = (cells + 1) / count if image.grid else 1.0
        places = [0, count - 1] if count > 1 else [0]
        middle = (pitch - 2) / 2 if image.grid else 0.0
        axis.set_ticks([place * pitch + middle for place in places], [str(p) for p in places])
    axes.tick_params(length=2, pad=1)
    axes.set_xlabel(elided(image.columns, room - 0.5), labelpad=-6, fontsize=SMALL)
    # A name stands between the ticks where there is room, else next to them.
    height = axes.bbox.height / axes.figure.dpi
    between = n > 1 and text_width(image.rows, SMALL) < height - 0.3
    rows = image.rows
    if text_width(rows, SMALL) > height + 0.2:
        rows = rows.removeprefix(MAPS_OF)
    axes.set_ylabel(elided(rows, height + 0.2), labelpad=-6 if between else 1, fontsize=SMALL)
