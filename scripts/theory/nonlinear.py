"""Theorem 12: chains of powers, with and without f' in the rule."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurochannel import plot
from neurochannel.plot.style import styled
from neurochannel.theory import Nonlinear, trained
from neurochannel.theory.forms.crowd import settle
from neurochannel.theory.forms.settling import integrated
from scripts.theory.chains import PAPER, drift, follow, orders
from scripts.theory.findings import Check, Findings, Theorem
from scripts.theory.pictures import Curve, curves, held

POWERS = ("power(1/3)", "power(1.5)", "power(2)", "power(3)")
STARTS = 100


def power_chain(activation: str, c: float = 0.7, *, derivative: bool = True) -> Nonlinear:
    """Return A[1,1,1] over five examples."""
    x = np.array([0.6, 0.8, 1.0, 1.2, 1.4])
    return Nonlinear(x, 0.5 * x + 0.4 * x * x, activation, [c], "rbp", derivative)


def positive_starts(n: int, seed: int) -> np.ndarray:
    """Return starts above 0, (n, 2)."""
    return np.random.default_rng(seed).uniform(0.1, 1.5, (n, 2))


def powers() -> Findings:
    """Theorem 12."""
    drifts, apart, positive, left, without = [], [], [], [], []
    for number, activation in enumerate(POWERS):
        form, plain = power_chain(activation), power_chain(activation, derivative=False)
        starts = positive_starts(STARTS, number)
        drifts.append(max(drift(form, follow(form, x, 1.0, 4)[1]) for x in starts[:5]))
        limits = [form.limit(x) for x in starts]
        positive.append(np.mean([end.converged and end.state.min() > 0 for end in limits]))
        for start, end in zip(starts[:10], limits, strict=False):
            apart.append(float(np.abs(integrated(form, start).state - end.state).max()))
        ends, _, status = settle(plain.velocity, starts, 50.0, 1e-7, most=3000)
        left.append(float(np.abs(plain.velocity(ends)).max(axis=1).min()))
        without.append(float(np.mean(status == "converged")))
    agreeing = Nonlinear(np.ones(2), np.full(2, 2.0), "power(2)", [0.7], derivative=False)
    ends, _, same = settle(agreeing.velocity, positive_starts(STARTS, 9), 200.0, most=3000)
    wrong = [power_chain("power(2)", -0.7).limit(x) for x in positive_starts(STARTS, 5)]
    figures = {
        "powers.png": ("Powers with f': flow of f(S) = S^2 and training on top", _portrait()),
        "without_slope.svg": ("The first weight with and without f'", _with_and_without()),
    }
    return Findings(
        (
            Check(
                "largest drift of a2 - a1^2/(2 mu c1) along the flow, with f'",
                max(drifts),
                below=1e-8,
            ),
            Check(
                "least share of starts that end at a positive root, four powers",
                float(min(positive)),
                above=0.9999,
            ),
            Check(
                "largest distance of the predicted root to the end of the flow",
                max(apart),
                below=1e-5,
            ),
            *orders(power_chain("power(2)"), 2),
        ),
        figures,
        (
            Check(
                "without f': largest share of starts that converge, four powers",
                max(without),
                below=1e-9,
            ),
            Check("without f': least speed that is left at time 50", min(left), above=1e-6),
            Check(
                "without f', but mean(T I)/mean(I f(I)) = alpha/beta: share that converges",
                float(np.mean(same == "converged")),
                above=0.9999,
            ),
            Check(
                "c1 < 0, f = S^2: share that ends where f' is 0 and nothing is learned",
                float(np.mean([end.status == "unstable" for end in wrong])),
                above=0.0,
            ),
        ),
        f"mu = 1/3, 1.5, 2 and 3, {STARTS} starts between 0.1 and 1.5, five examples.",
    )


def _portrait() -> Figure:
    form = power_chain("power(2)")
    starts = [[0.3, 1.8], [1.6, 0.3], [0.5, 0.4], [-0.6, 1.0], [2.0, 2.0]]
    return plot.flow(form, starts, rates=(0.02,), until=8.0)


def _with_and_without() -> Figure:
    lines: dict[str, list[Curve]] = {}
    for derivative in (True, False):
        form = power_chain("power(2)", derivative=derivative)
        label = "with f'" if derivative else "without f'"
        lines[label] = []
        for start in ([0.3, 1.8], [0.5, 0.4], [1.4, 0.3]):
            times, states = follow(form, np.array(start), 60.0)
            lines[label].append(held(times, states[:, 0], 60.0))
    figure = curves(lines, "time", "a1")
    with styled():
        times, states = trained(
            power_chain("power(2)", derivative=False), [0.5, 0.4], 0.05, 60.0, 30
        )
        axes = figure.axes[0]
        axes.plot(times, states[:, 0], "o", color="#009E73", markersize=2.5, label="training, 0.05")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    return figure


THEOREMS = (
    Theorem(
        "powers",
        "12. Powers with and without f'",
        "With f' in the rule A[1,1,1] with f(S) = sign(S) |S|^mu has no limit cycles and "
        "converges, for alpha, beta, c1 > 0, mu >= 1 and starts of at least 0 to a positive "
        "root; without f' there is in general no fixed point at all.",
        "a1' = c1 mean(f'(a1 I) I E),  a2' = mean(f(a1 I) E),  E = T - a2 f(a1 I)\n"
        "a2 - a1^2 / (2 mu c1) is conserved\n"
        "without f': a fixed point needs mean(T I) / mean(I f(I)) = alpha / beta, alpha = "
        "mean(T f(I)), beta = mean(f(I)^2)",
        f"{PAPER}, theorem 12; mu = 1/3 is the paper's own example.",
        "Convergence with f'; that without f' there is no fixed point unless the moments agree.",
        "Convergence for mu = 1/3 from starts above 0.",
        powers,
        "f' left out; the sign of c1.",
    ),
)
