"""Figures of flows: phase portraits, conserved quantities, errors, basins, convergence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullLocator

from neurochannel.errors import OptionError
from neurochannel.plot.layout.palette import COLORS, INK
from neurochannel.plot.panels import make_panels
from neurochannel.plot.style import line_style, styled
from neurochannel.theory.forms.ensembles import ensemble
from neurochannel.theory.forms.form import Form
from neurochannel.theory.integrate import integrate
from neurochannel.theory.meeting import trained

HEIGHT, RIGHT = 2.9, 1.45
"""Of a figure, and of the legend next to a portrait, inches."""
LEAST = 1e-10
"""Losses below this part of the largest are cut off: they are rounding."""
FIELD = 41
BASINS = 121
CURVE = 241
Drawn = Callable[[Axes, Form, np.ndarray, tuple[float, ...], float, float], None]


def flow(
    form: Form,
    starts: Any,
    show: str = "phase",
    *,
    rates: Sequence[float] = (0.1,),
    until: float = 10.0,
    extent: float = 2.5,
) -> Figure:
    """Draw the flow of a closed form, and training on the engine on top of it.

    Parameters
    ----------
    form
        A closed form.
    starts
        (m, n) states from which paths begin, or one, (n,).
    show
        "phase": velocities, nullclines, fixed points and paths, for two weights; "basins": where
        each of two starting weights leads; "conserved": how far the conserved quantities drift in
        training, over time; "error": the loss over time; "order": how far training is from the flow
        at `until`, over the rate.
    rates
        Learning rates of the engine; none for the flow alone.
    until
        Longest time.
    extent
        Largest weight of phase portraits and basins.

    Returns
    -------
    Figure
        Save it with `neurochannel.plot.save`.

    Raises
    ------
    OptionError
        If an option is out of range, or a portrait of other than two weights is asked for.
    """
    if show not in _DRAWN:
        raise OptionError(f"show must be one of {', '.join(_DRAWN)}, got {show!r:.40}")
    if show in ("phase", "basins") and form.n != 2:
        raise OptionError(f"{show} needs two weights, got {form.n}; take conserved, error or order")
    for name, value in (("until", until), ("extent", extent), *(("rates", r) for r in rates)):
        if not isinstance(value, int | float) or not value > 0 or not np.isfinite(value):
            raise OptionError(f"{name} must be above 0, got {value!r:.40}")
    if show in ("conserved", "order") and not rates:
        raise OptionError(f"{show} needs at least one rate, such as rates=(0.1, 0.05)")
    given = np.atleast_2d(np.asarray(starts, float))
    begin = np.array([form.state(one) for one in given])
    with styled():
        figure, (axes,) = make_panels(1, HEIGHT, RIGHT)
        _DRAWN[show](axes, form, begin, tuple(map(float, rates)), until, extent)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    return figure


def _phase(
    axes: Axes, form: Form, starts: np.ndarray, rates: tuple[float, ...], until: float, far: float
) -> None:
    at, pace = _grid(form, far, FIELD)
    axes.streamplot(
        at[0],
        at[1],
        pace[0],
        pace[1],
        color="0.78",
        linewidth=0.5,
        density=0.9,
        arrowsize=0.6,
        zorder=1,
    )
    _nullclines(axes, form, far)
    for start in starts:
        path = _path(form, start, until)
        axes.plot(*path.T, color=COLORS[1], zorder=4)
        axes.plot(*start, "o", color=COLORS[1], markersize=3, zorder=5)
        for rate in rates[:1]:
            states = trained(form, start, rate, until)[1]
            axes.plot(*states.T, ".", color=COLORS[2], markersize=2.5, zorder=6)
    axes.plot([], [], color=COLORS[1], label="flow")
    for rate in rates[:1]:
        axes.plot([], [], ".", color=COLORS[2], label=f"training, rate {rate:g}")
    axes.set(xlim=(-far, far), ylim=(-far, far), xlabel="a1", ylabel="a2")


def _path(form: Form, start: np.ndarray, until: float) -> np.ndarray:
    times = until * np.linspace(0, 1, CURVE) ** 2
    return integrate(form.velocity, start, until=until, tolerance=1e-9, save_at=times).states


def _plain_ticks(axis: Axis) -> None:
    """Write ticks of a logarithmic axis as plain numbers, as many within a power as it needs."""
    low, high = axis.get_view_interval()
    factor = high / low if low > 0 else np.inf
    locator: Locator = MaxNLocator(5)
    if factor > 3:
        subs = (1.0,) if factor > 100 else (1.0, 2.0, 5.0)
        locator = LogLocator(subs=subs, numticks=6)
    axis.set_major_locator(locator)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def _nullclines(axes: Axes, form: Form, far: float) -> None:
    """Draw where one weight does not change, and the fixed points, stable ones in full."""
    at, pace = _grid(form, far, CURVE)
    for number, dashes in ((0, "--"), (1, ":")):
        axes.contour(
            at[0], at[1], pace[number], [0], colors="0.45", linestyles=dashes, linewidths=0.8
        )
        name = f"a{number + 1}' = 0"
        axes.plot([], [], color="0.45", linestyle=dashes, linewidth=0.8, label=name)
    both = np.hypot(*pace)
    figure = Figure()
    curves = figure.add_subplot().contour(at[0], at[1], pace[1], [0]).allsegs[0]
    points = np.concatenate([*curves, np.zeros((0, 2))])
    still = (
        np.abs(form.velocity(points)).max(axis=1) < 0.02 * np.median(both) if len(points) else []
    )
    kinds = {"stable": ("o", COLORS[3]), "unstable": ("x", COLORS[4])}
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in kinds}
    for near in points[still]:
        point = _rested(form, near)
        kind = form.fixed_point(point).stability
        found["unstable" if kind == "unstable" else "stable"].append(point)
    for kind, (marker, color) in kinds.items():
        if found[kind]:
            x, y = np.array(found[kind]).T
            size: dict[str, Any] = {"markersize": 2.2, "markeredgewidth": 0.6, "zorder": 3}
            axes.plot(x, y, marker, color=color, linestyle="none", label=kind, **size)


def _rested(form: Form, near: np.ndarray) -> np.ndarray:
    """Return the fixed point next to a state: a point of a contour is only close to one."""
    for _ in range(4):
        near = near - np.linalg.pinv(form.jacobian(near), 1e-6) @ form.velocity(near)
    return near


def _grid(form: Form, far: float, n: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    line = np.linspace(-far, far, n)
    x, y = np.meshgrid(line, line)
    with np.errstate(all="ignore"):
        pace = form.velocity(np.stack([x.ravel(), y.ravel()], axis=1))
    return (line, line), pace.T.reshape(2, n, n)


def _basins(
    axes: Axes, form: Form, starts: np.ndarray, rates: tuple[float, ...], until: float, far: float
) -> None:
    line = np.linspace(-far, far, BASINS)
    x, y = np.meshgrid(line, line)
    many = ensemble(form, np.stack([x.ravel(), y.ravel()], axis=1), until)
    labels = np.where(many.converged, many.basins, "not converged")
    names = sorted(set(labels), key=lambda name: (name == "not converged", name))
    number = np.searchsorted(np.array(sorted(names)), labels)
    order = np.array([names.index(name) for name in sorted(names)])
    colors = [
        COLORS[1 + k % (len(COLORS) - 1)] if n != "not converged" else INK
        for k, n in enumerate(names)
    ]
    axes.pcolormesh(
        line,
        line,
        order[number].reshape(BASINS, BASINS),
        cmap=ListedColormap(colors),
        vmin=-0.5,
        vmax=len(names) - 0.5,
        alpha=0.45,
        linewidth=0,
        rasterized=True,
    )
    for color, name in zip(colors, names, strict=True):
        axes.plot([], [], "s", color=color, alpha=0.6, label=name.replace("-", "\u2212"))
    for start in starts:
        path = _path(form, start, until)
        axes.plot(*path.T, color=INK, linewidth=0.8)
        axes.plot(*path[-1], "o", color=INK, markersize=3)
    axes.set(xlim=(-far, far), ylim=(-far, far), xlabel="a1 at the start", ylabel="a2 at the start")


def _conserved(
    axes: Axes, form: Form, starts: np.ndarray, rates: tuple[float, ...], until: float, far: float
) -> None:
    for number, rate in enumerate(rates):
        drift: Any = 0.0
        for start in starts:
            times, states = trained(form, start, rate, until)
            drift = drift + _drift(form, states) / len(starts)
        axes.plot(times[1:], drift[1:], **line_style(number), label=f"rate {rate:g}")
    axes.set(xlabel="time", ylabel="drift of conserved quantities", yscale="log")
    _plain_ticks(axes.yaxis)


def _drift(form: Form, states: np.ndarray) -> np.ndarray:
    quantities = [form.conserved(state) for state in states]
    if not quantities[0]:
        raise OptionError("this system has no known conserved quantity; take show='error'")
    first = quantities[0]
    return np.array(
        [max(float(np.abs(now[name] - first[name]).max()) for name in first) for now in quantities]
    )


def _error(
    axes: Axes, form: Form, starts: np.ndarray, rates: tuple[float, ...], until: float, far: float
) -> None:
    times = np.linspace(0, until, CURVE)
    for start in starts:
        path = integrate(form.velocity, start, until=until, tolerance=1e-10, save_at=times)
        axes.plot(path.times, form.loss(path.states), color=INK, linewidth=2.2, alpha=0.35)
        for number, rate in enumerate(rates):
            reached, states = trained(form, start, rate, until)
            axes.plot(reached, form.loss(states), **line_style(number), linewidth=0.9)
    axes.plot([], [], color=INK, linewidth=2.2, alpha=0.35, label="flow")
    for number, rate in enumerate(rates):
        axes.plot([], [], **line_style(number), linewidth=0.9, label=f"rate {rate:g}")
    axes.set(xlabel="time", ylabel="loss", yscale="log")
    low, high = axes.dataLim.intervaly
    if low < LEAST * high:
        axes.set_ylim(LEAST * high, 2 * high)
    _plain_ticks(axes.yaxis)


def _order(
    axes: Axes, form: Form, starts: np.ndarray, rates: tuple[float, ...], until: float, far: float
) -> None:
    apart, drift = np.zeros(len(rates)), np.zeros(len(rates))
    known = bool(form.conserved(starts[0]))
    for start in starts:
        exact = integrate(form.velocity, start, until=until, tolerance=1e-12, save_at=[until])
        for number, rate in enumerate(rates):
            states = trained(form, start, rate, until, points=1)[1]
            apart[number] += np.abs(states[-1] - exact.states[-1]).max() / len(starts)
            drift[number] += _drift(form, states[[0, -1]])[-1] / len(starts) if known else 0
    axes.plot(rates, apart, "o-", color=COLORS[1], markersize=3, label="distance to flow")
    if known:
        axes.plot(rates, drift, "s-", color=COLORS[2], markersize=3, label="conserved")
    line = np.array([min(rates), max(rates)])
    axes.plot(line, 0.6 * apart.max() * line / line[1], "--", color="0.5", label="order 1")
    axes.set(xlabel="rate", ylabel="error", xscale="log", yscale="log")
    _plain_ticks(axes.yaxis)
    _plain_ticks(axes.xaxis)


_DRAWN: dict[str, Drawn] = {
    "phase": _phase,
    "basins": _basins,
    "conserved": _conserved,
    "error": _error,
    "order": _order,
}
