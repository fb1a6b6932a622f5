"""How often learning fails: chains of lengths 2 to 6, by rule, sign of the channel and f'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from neurochannel.plot.panels import make_panels
from neurochannel.plot.style import line_style, styled
from neurochannel.theory import Nonlinear, chain
from neurochannel.theory.forms.crowd import settle
from neurochannel.theory.forms.form import Form

LENGTHS = (2, 3, 4, 5, 6)
CHANNELS, STARTS = 5, 60
UNTIL, MOST, LEFT = 100.0, 800, 0.01
"""A start has failed that has more than this part of mean(T^2) / 2 left at this time."""
ACTIVATIONS = ("linear", "tanh", "power(2)")
RULES = ("BP", "RBP, random", "RBP, congruent", "RBP, wrong signs")
COLUMNS = (*RULES, *(f"{rule}, no f'" for rule in RULES))


def rates(activation: str) -> tuple[list[dict[str, Any]], float]:
    """Return a row for each length, and the largest share that the solver gave up on.

    A row has the share of starts that fail under each rule.
    """
    rows, unfinished = [], 0.0
    for length in LENGTHS:
        row: dict[str, Any] = {"length": length}
        for column in COLUMNS:
            if activation != "linear" or "no f'" not in column:
                row[column], share = _failed(activation, length, column)
                unfinished = max(unfinished, share)
        rows.append(row)
    return rows, unfinished


def _failed(activation: str, length: int, column: str) -> tuple[float, float]:
    failed, unfinished = [], []
    for seed in range(CHANNELS):
        for form, starts in _systems(activation, length, column, seed):
            ends, times, status = settle(form.velocity, starts, UNTIL, 1e-5, 1e-4, MOST)
            with np.errstate(all="ignore"):
                failed.append(~(form.loss(ends) < LEFT * _scale(form)))
            unfinished.append((status == "not converged") & (times < UNTIL))
    return float(np.mean(failed)), float(np.mean(unfinished))


def _systems(
    activation: str, length: int, column: str, seed: int
) -> Iterator[tuple[Form, np.ndarray]]:
    """Yield a system with random moments or examples, and starts whose signs suit the column."""
    rng = np.random.default_rng((seed, length))
    c = rng.normal(size=length - 1)
    starts = rng.normal(size=(STARTS, length))
    signs = {"congruent": 1, "wrong": -1}.get(
        column.split(", ")[-1 - ("no f'" in column)].split()[0]
    )
    if signs is not None:
        starts[:, 1:] = signs * np.sign(c) * np.abs(starts[:, 1:])
    rule: Any = "bp" if column.startswith("BP") else "rbp"
    own: Any = length - 1 if rule == "bp" else c
    if activation == "linear":
        yield chain(own, float(rng.choice([-1, 1])), 1.0, channel=rule), starts
        return
    x = rng.uniform(0.5, 1.5, 5)
    teacher = Nonlinear(x, x, activation, length - 1, "bp")
    t = _output(teacher, rng.uniform(0.5, 1.2, length))
    yield Nonlinear(x, t, activation, own, rule, "no f'" not in column), starts


def _output(form: Nonlinear, weights: np.ndarray) -> np.ndarray:
    """Return what a chain answers to its inputs."""
    o = form.x
    for weight in weights[:-1]:
        o = form.function(weight * o)
    answer: np.ndarray = weights[-1] * o
    return answer


def _scale(form: Form) -> float:
    t = np.asarray(form.t if isinstance(form, Nonlinear) else form.s_ti)  # type: ignore[attr-defined]
    return float(np.mean(t**2) / 2)


def draw(tables: dict[str, list[dict[str, Any]]]) -> Figure:
    """Draw the share of failures over the length, a panel for each activation."""
    with styled():
        figure, panels = make_panels(len(tables), 3.0, 0.1, 0.3)
        for axes, (activation, rows) in zip(panels, tables.items(), strict=True):
            for number, column in enumerate(COLUMNS):
                if column in rows[0]:
                    look = line_style(1 + number % len(RULES))
                    look["linestyle"] = "--" if "no f'" in column else "-"
                    share = [100 * row[column] for row in rows]
                    axes.plot(LENGTHS, share, marker="o", markersize=3, **look, label=column)
            axes.set(title=activation, xlabel="length", ylabel="failures (%)", ylim=(-3, 103))
            axes.set_xticks(LENGTHS)
        handles, labels = panels[-1].get_legend_handles_labels()
        figure.set_figheight(3.7)
        for axes in panels:
            box = axes.get_position()
            axes.set_position((box.x0, 0.3, box.width, 0.6))
        figure.legend(handles, labels, loc="lower center", ncols=4)
    return figure
