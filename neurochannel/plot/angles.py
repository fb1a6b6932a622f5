"""Angles over epochs: between changes and the gradient, and between both channels' weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurochannel.errors import OptionError
from neurochannel.model.problems import did_you_mean
from neurochannel.plot.curves import draw_seeds, set_epochs
from neurochannel.plot.labels import End, label_width, write_labels
from neurochannel.plot.layout.palette import INK
from neurochannel.plot.layout.text_widths import FONT_SIZE, line_height
from neurochannel.plot.panels import TOP, make_panels
from neurochannel.plot.runs import Group, Runs, gather
from neurochannel.plot.style import line_style, styled

AXES = {
    "alignment": "angle to the gradient (°)",
    "symmetry": "angle between C and Wᵀ (°)",
}
"""What an angle is between, by the beginning of the name of the observation."""
MOST = 24
TITLE = 0.24
"""Inches above panels that have titles."""
RIGHT_ANGLE = 90.0
TICKS = (0, 30, 60, 90, 120, 150, 180)
BELOW = 0.03
"""What is seen below 0 degrees and above 180, as a share of the axis."""


def alignment(
    runs: Runs,
    names: str | Sequence[str] | None = None,
    *,
    quantity: Literal["alignment", "symmetry"] = "alignment",
    labels: Iterable[str] | None = None,
) -> Figure:
    """Draw angles over epochs, as an observer has measured them in training.

    One learner fills one panel with a line for each population. Several learners get a panel for
    each population with a line for each learner. A line at 90 degrees marks changes that have
    nothing to do with the gradient.

    Parameters
    ----------
    runs
        As for `learning_curves`: simulations, histories or paths of checkpoints; a list
        instead of a run holds seeds, of which the mean is drawn over the range.
    names
        Populations for "alignment", channel bundles for "symmetry"; None for all.
    quantity
        "alignment": between the change of a population's weights and the gradient's;
        "symmetry": between channel weights C and the transposed forward weights.
    labels
        One for each run; names of networks or stems of paths if left out.

    Returns
    -------
    Figure
        Save it with `neurochannel.plot.save`.

    Raises
    ------
    OptionError
        If there is nothing to draw, a name is unknown or no angle was observed.
    CheckpointError
        If a checkpoint cannot be read.
    """
    if quantity not in AXES:
        raise OptionError(f"quantity must be {' or '.join(map(repr, AXES))}, got {quantity!r}")
    groups = gather(runs, labels)
    chosen = choose(groups, quantity, names)
    with styled():
        if len(groups) == 1:
            return _one_learner(groups[0], quantity, chosen)
        return _several_learners(groups, quantity, chosen)


def choose(groups: Sequence[Group], quantity: str, names: str | Sequence[str] | None) -> list[str]:
    """Return the names to draw, those given or all that were observed under a quantity.

    Raises
    ------
    OptionError
        If none was observed, one is unknown, or there are too many.
    """
    head = f"{quantity}: "
    seen = dict.fromkeys(
        name.removeprefix(head)
        for group in groups
        for name in group.observations
        if name.startswith(head)
    )
    if not seen:
        raise OptionError(
            f"{quantity} must have been observed to be drawn, got no such observation; train with "
            "--observe all, or with Observe() among the callbacks"
        )
    chosen = list(seen) if names is None else [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in seen:
            hint = did_you_mean(name, seen) or f"there are {', '.join(seen)}"
            raise OptionError(f"names must be of what was observed, got {name!r}; {hint}")
    if not 1 <= len(chosen) <= MOST:
        raise OptionError(
            f"names must be between 1 and {MOST} to draw, got {len(chosen)}; "
            "name those that you want to see"
        )
    return list(dict.fromkeys(chosen))


def _one_learner(group: Group, quantity: str, chosen: Sequence[str]) -> Figure:
    shown = chosen if len(chosen) > 1 else []
    right = label_width(shown) if shown else 0.1
    top = TOP if shown else TITLE
    figure, (axes,) = make_panels(1, _height(len(shown)), right, top)
    ends = _draw(axes, [(group, name, name) for name in chosen], quantity)
    if len(chosen) == 1:
        axes.set_title(chosen[0], pad=2)
    else:
        write_labels(axes, ends)
    return figure


def _several_learners(groups: Sequence[Group], quantity: str, chosen: Sequence[str]) -> Figure:
    labels = [group.label for group in groups]
    figure, panels = make_panels(len(chosen), _height(len(labels)), label_width(labels), TITLE)
    last: list[End] = []
    for axes, name in zip(panels, chosen, strict=True):
        ends = _draw(axes, [(group, name, group.label) for group in groups], quantity)
        axes.set_title(name, pad=2)
        last = ends
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(low, high)
        axes.set_yticks([tick for tick in TICKS if tick <= high])
    write_labels(panels[-1], last)
    return figure


def _height(n_labels: int) -> float:
    return max(2.4, line_height(FONT_SIZE) * n_labels + 0.7)


def _draw(axes: Axes, series: list[tuple[Group, str, str]], quantity: str) -> list[End]:
    ends = []
    for number, (group, name, label) in enumerate(series):
        look = line_style(number)
        epochs, values = group.observed(f"{quantity}: {name}")
        if len(epochs):
            mean = draw_seeds(axes, epochs, values, look)
            ends.append(End(float(epochs[-1]), float(mean[-1]), label, look))
    if not ends:
        names = ", ".join(dict.fromkeys(name for _, name, _ in series))
        raise OptionError(
            f"{quantity} of {names} must have been observed at epochs that all seeds share, got "
            "none; train them with the same observer"
        )
    set_epochs(axes)
    axes.set_ylabel(AXES[quantity])
    high = max(92.0, float(axes.dataLim.y1) + 2.0)
    # A little below 0, so that a line on it is not hidden by the axis.
    axes.set_ylim(-BELOW * high, min(high, 180.0 * (1 + BELOW)))
    axes.set_yticks([tick for tick in TICKS if tick <= high])
    axes.axhline(RIGHT_ANGLE, color=INK, linewidth=0.7, linestyle=(0, (1, 1.5)), zorder=1.5)
    return ends
