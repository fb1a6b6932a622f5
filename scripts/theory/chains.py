"""Theorems 1 to 4: one dimension, and linear chains."""

from __future__ import annotations

from functools import reduce

import numpy as np

from neurochannel import plot
from neurochannel.plot.style import styled
from neurochannel.theory import chain, ensemble, random_starts, trained
from neurochannel.theory.forms.crowd import settle
from neurochannel.theory.forms.form import Form
from neurochannel.theory.integrate import integrate
from scripts.theory.findings import Check, Findings, Theorem
from scripts.theory.pictures import Curve, curves, panels

PAPER = "Baldi, Sadowski & Lu (2018)"
N = 1000
Path = tuple[np.ndarray, np.ndarray]


def follow(form: Form, start: np.ndarray, until: float, points: int = 200) -> Path:
    """Return times and states of the flow, (k,) and (k, n)."""
    times = np.linspace(0, until, points)
    path = integrate(form.velocity, start, until=until, tolerance=1e-12, save_at=times)
    return path.times, path.states


def drift(form: Form, states: np.ndarray) -> float:
    """Return how far what is conserved is from its first value, at most."""
    before = form.conserved(states[0])
    worst = 0.0
    for state in states[1:]:
        now = form.conserved(state)
        worst = max(worst, *(float(np.abs(now[name] - before[name]).max()) for name in before))
    return worst


def flow_drift(form: Form, n: int = 20, until: float = 5.0, seed: int = 1) -> float:
    """Return the largest drift of what is conserved along the flow from random starts."""
    starts = random_starts(form, n, seed=seed)
    return max(drift(form, follow(form, start, until, 6)[1]) for start in starts)


def training_order(form: Form, n: int = 4, until: float = 2.0) -> tuple[float, float]:
    """Return the orders of the distance to the flow and of the drift, from the two least rates."""
    apart, drifted = np.zeros(2), np.zeros(2)
    for start in random_starts(form, n, 0.7, seed=2):
        exact = integrate(form.velocity, start, until=until, tolerance=1e-12).states[-1]
        for number, rate in enumerate((0.01, 0.005)):
            states = trained(form, start, rate, until, points=1)[1]
            apart[number] += np.abs(states[-1] - exact).max()
            drifted[number] += drift(form, states)
    return tuple(np.log2(both[0] / both[1]) for both in (apart, drifted))


def orders(form: Form, n: int = 4) -> tuple[Check, ...]:
    """Return checks that training is off the flow, and drifts, in proportion to the rate."""
    names = ("distance of training to the flow", "drift of what is conserved in training")
    return tuple(
        Check(f"|order - 1| of the {name}, rates 0.01 and 0.005", abs(order - 1), below=0.1)
        for name, order in zip(names, training_order(form, n), strict=True)
    )


DEGREE = 7


def _polynomials(n: int = 300) -> tuple[float, float, float]:
    """Return how often polynomials end where the theorem says, and who converges always.

    All are integrated at once: the coefficients of each are a part of its state that rests.
    """
    rng = np.random.default_rng(0)
    starts = np.linspace(-3.1, 3.1, 16)
    chosen, rows = [], []
    for _ in range(n):
        degree, sign = int(rng.integers(2, DEGREE + 1)), float(rng.choice([-1, 1]))
        roots = rng.choice(np.linspace(-2.5, 2.5, 11), degree, replace=False)
        row = np.zeros(DEGREE + 1)
        row[-degree - 1 :] = sign * np.poly(roots)
        chosen.append((degree, sign, roots))
        rows.append(np.column_stack([starts, np.tile(row, (len(starts), 1))]))

    def velocity(state: np.ndarray) -> np.ndarray:
        pace = np.zeros_like(state)
        for power in range(DEGREE + 1):
            pace[:, 0] = pace[:, 0] * state[:, 0] + state[:, 1 + power]
        return pace

    ends, _, status = settle(velocity, np.concatenate(rows), 60.0, 1e-6, 1e-5, 3000)
    right: list[bool] = []
    good: list[bool] = []
    bad: list[bool] = []
    for number, (degree, sign, roots) in enumerate(chosen):
        own = slice(number * len(starts), (number + 1) * len(starts))
        pace = velocity(rows[number])[:, 0]
        for x, q, end, how in zip(starts, pace, ends[own, 0], status[own], strict=True):
            ahead = roots[(roots - x) * q > 0]
            target = ahead[np.abs(ahead - x).argmin()] if len(ahead) else None
            right.append(how == "blew up" if target is None else abs(end - target) < 1e-4)
        always = degree % 2 == 1 and sign < 0
        (good if always else bad).append(bool(np.all(status[own] != "blew up")))
    return float(np.mean(right)), float(np.mean(good)), float(np.mean(bad))


def one_dimension() -> Findings:
    """Theorem 1."""
    right, good, bad = _polynomials()
    times = []
    for x in (0.5, 1.0, 2.0):
        path = integrate(lambda s: s**3, np.array([x]), until=10.0)
        times.append(abs(path.times[-1] * 2 * x * x - 1))
    parts: dict[str, dict[str, list[Curve]]] = {}
    for title, q in {
        "x' = x - x^3": np.poly1d([-1, 0, 1, 0]),
        "x' = x^2 - 1": np.poly1d([1, 0, -1]),
    }.items():
        lines = []
        for x in (-2.4, -1.6, -0.9, -0.2, 0.2, 0.9, 1.01, 1.6):
            path = integrate(q, np.array([x]), until=3.0)
            lines.append((path.times, path.states[:, 0]))
        parts[title] = {"x": lines}
    figure = panels(parts, "time", "x", ylim=(-3, 3))
    return Findings(
        (
            Check(
                "share of starts that end at the next root, or blow up without one",
                right,
                above=0.9999,
            ),
            Check(
                "share of odd degrees with negative lead that converge from all starts",
                good,
                above=0.9999,
            ),
            Check(
                "relative error of the time 1 / (2 x^2) at which x' = x^3 blows up",
                max(times),
                below=1e-6,
            ),
        ),
        {
            "one_dimension.svg": (
                "Paths of two polynomials; on the right those above 1 blow up",
                figure,
            )
        },
        (Check("share of all other polynomials that converge from all starts", bad, below=1e-9),),
        "300 polynomials of degrees 2 to 7 with roots on a grid, 16 starts each.",
    )


def three_neurons() -> Findings:
    """Theorem 2."""
    form, wrong = chain([0.8]), chain([-0.8])
    many = ensemble(form, random_starts(form, N, 1.5))
    against = ensemble(wrong, random_starts(wrong, N, 1.5))
    cubic = []
    for start, end in zip(many.starts, many.limits, strict=True):
        k = start[1] - start[0] ** 2 / 1.6
        roots = np.roots([-1 / 1.6, 0, -k, 1])
        cubic.append(np.abs(roots - end[0]).min())
    right = []
    for a1 in np.linspace(-3, 3, 61):
        if abs(a1) > 1e-9 and abs(0.8 / a1 + a1 * a1) > 1e-3:
            right.append(form.fixed_point([a1, 1 / a1]).stable == (0.8 / a1 + a1 * a1 > 0))
    steady, turning = _towards(form)
    zero = chain([0.0])
    asleep = np.abs(trained(zero, [0.0, 0.4], 0.1, 10.0, points=1)[1][-1] - [0.0, 0.4]).max()
    backward = [
        integrate(lambda s: -form.velocity(s), start, until=50.0).status == "blew up"
        for start in random_starts(form, 50, seed=3)
    ]
    starts = [[0.1, 1.8], [-1.6, 1.0], [-2.2, 2.2], [1.8, -1.2], [-0.6, -2.2], [2.2, 2.0]]
    figure = plot.flow(form, starts, rates=(0.05,))
    return Findings(
        (
            Check("share of starts that converge", float(many.converged.mean()), above=0.9999),
            Check("largest |a1 a2 - alpha/beta| at the limit", _off(many.limits), below=1e-6),
            Check("largest distance of a limit to a root of its cubic", max(cubic), below=1e-6),
            Check("largest drift of a2 - a1^2/(2 c1) along the flow", flow_drift(form), below=1e-9),
            Check(
                "share of the hyperbola that attracts where c1 a2 + a1^2 > 0 only",
                float(np.mean(right)),
                above=0.9999,
            ),
            Check(
                "share of moments with c1 a2 > 0 at which a1 a2 moves to alpha/beta",
                steady,
                above=0.9999,
            ),
            *orders(form),
        ),
        {
            "three_neurons.png": (
                "Flow of A[1,1,1] with c1 = 0.8, and training on the engine on top",
                figure,
            )
        },
        (
            Check(
                "wrong sign, c1 = -0.8: share of starts that learn all the same",
                1 - against.failed,
                above=0.9999,
            ),
            Check("share of moments with c1 a2 < 0 at which it moves away", turning, above=0.05),
            Check(
                "c1 = 0 from a1 = 0: how far the engine's weights move", float(asleep), below=1e-15
            ),
            Check(
                "the error's sign turned in both weights: share that blows up",
                float(np.mean(backward)),
                above=0.5,
            ),
        ),
        f"{N:,} starts from the normal distribution with deviation 1.5; alpha = beta = 1.",
    )


def _off(states: np.ndarray) -> float:
    return float(np.abs(np.prod(states, axis=1) - 1).max())


def _towards(form: Form) -> tuple[float, float]:
    """Return how often the product moves to its goal where c1 a2 > 0, and away where it is not."""
    found: dict[bool, list[bool]] = {True: [], False: []}
    for start in random_starts(form, 60, 1.5, seed=5):
        states = follow(form, start, 8.0, 200)[1]
        product = states.prod(axis=1)
        steps, off = np.diff(product), 1 - product[:-1]
        for congruent in (True, False):
            chosen = (states[:-1, 1] > 0) == congruent
            chosen &= (states[1:, 1] > 0) == congruent
            chosen &= np.abs(off) > 1e-6
            found[congruent] += (steps * off > 0)[chosen].tolist()
    return float(np.mean(found[True])), float(1 - np.mean(found[False]))


def polynomial(c: np.ndarray, start: np.ndarray) -> np.poly1d:
    """Return a1' as a polynomial of a1 on the curve of a start, for alpha = beta = 1."""
    a = [np.poly1d([1.0, 0.0])]
    ends = np.append(c, 1.0)
    for h in range(len(c)):
        half = float(ends[h + 1] / (2 * c[h]))
        a.append(half * a[h] ** 2 + float(start[h + 1] - half * start[h] ** 2))
    return (1 - reduce(lambda x, y: x * y, a)) * float(c[0])


def _next_root(q: np.poly1d, x: float) -> float:
    roots = q.roots[np.abs(q.roots.imag) < 1e-6].real
    ahead = roots[(roots - x) * q(x) > 0]
    return float(ahead[np.abs(ahead - x).argmin()]) if len(ahead) else np.nan


def four_neurons() -> Findings:
    """Theorem 3."""
    rng = np.random.default_rng(1)
    lead, ends, degrees = [], [], set()
    for _ in range(200):
        c = rng.uniform(0.4, 1.5, 2) * rng.choice([-1, 1], 2)
        form, start = chain(c), rng.normal(size=3)
        q = polynomial(c, start)
        degrees.add(q.order)
        lead.append(q.coeffs[0] / (-(c[1] ** 2) / (16 * c[0] ** 2)) - 1)
        ends.append(_next_root(q, start[0]) - form.limit(start).state[0])
    form, start = chain([0.6, -0.9]), np.array([-1.2, 1.6, -1.3])
    with styled():
        line = np.linspace(-2.2, 2.2, 400)
        q = polynomial(np.array([0.6, -0.9]), start)
        figure = curves({"a1' = Q(a1)": [(line, q(line))]}, "a1", "a1'", ylim=(-3, 3))
        axes = figure.axes[0]
        axes.axhline(0, color="0.6", linewidth=0.8)
        states = trained(form, start, 0.01, 10.0, points=40)[1]
        axes.plot(
            states[:, 0],
            q(states[:, 0]),
            "o",
            color="#D55E00",
            markersize=2.5,
            label="training, 0.01",
        )
        axes.plot(
            form.limit(start).state[0], 0, "s", color="#009E73", markersize=5, label="predicted"
        )
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    return Findings(
        (
            Check(
                "largest |degree - 7| of a1' as a polynomial of a1",
                float(max(abs(d - 7) for d in degrees)),
                below=0.5,
            ),
            Check(
                "largest relative error of the lead -beta c2^2/(16 c1^2)",
                float(np.abs(lead).max()),
                below=1e-9,
            ),
            Check(
                "largest distance of the limit to the next root",
                float(np.abs(ends).max()),
                below=1e-5,
            ),
            *orders(form),
        ),
        {
            "four_neurons.svg": (
                "Velocity of the first weight of A[1,1,1,1] as a polynomial; training follows "
                "it to a root",
                figure,
            )
        },
        (),
        "200 random channels of both signs, a random start each.",
    )


def long_chains() -> Findings:
    """Theorem 4."""
    failed, drifts, degrees, falls = [], [], [], []
    for length in range(2, 7):
        rng = np.random.default_rng(length)
        for _ in range(10):
            form = chain(rng.normal(size=length - 1))
            failed.append(ensemble(form, random_starts(form, N // 10, seed=length)).failed)
        form = chain(rng.uniform(0.5, 1, length - 1) * rng.choice([-1, 1], length - 1))
        drifts.append(flow_drift(form, 4, 2.0))
        c = rng.uniform(0.5, 1, length - 1)
        degrees.append(abs(polynomial(c, rng.normal(size=length)).order - (2**length - 1)))
        falls.append(flow_drift(chain(length - 1, channel="bp"), 4, 2.0))
    adaptive = chain(1, channel="arbp")
    states = trained(adaptive, [0.3, 0.8, -0.4], 0.1, 20.0)[1]
    kept = np.abs((states[:, 1] - states[:, 2]) - 1.2).max()
    circling = chain(2, channel="arbp")
    ends = [circling.limit(start) for start in random_starts(circling, 40, seed=3)]
    lost = [end for end in ends if not end.converged]
    zero = chain([0.0, 0.7])
    stuck = zero.limit([0.0, 0.4, 0.5])
    form = chain([0.7, -0.5, 0.9, -0.8])
    figure = plot.flow(
        form,
        random_starts(form, 4, 0.7, seed=2),
        "order",
        rates=(0.04, 0.02, 0.01, 0.005),
        until=2.0,
    )
    return Findings(
        (
            Check(
                "share of starts that do not reach a global minimum, lengths 2 to 6",
                max(failed),
                below=1e-9,
            ),
            Check(
                "largest drift of a_(i+1) - c_(i+1) a_i^2/(2 c_i) along the flow",
                max(drifts),
                below=1e-8,
            ),
            Check("largest |degree - (2^L - 1)|", float(max(degrees)), below=0.5),
            Check(
                "gradient descent: largest drift of a_(i+1)^2 - a_i^2 along the flow",
                max(falls),
                below=1e-8,
            ),
            Check(
                "adaptive, L = 2: largest drift of a2 - c1 in training at rate 0.1",
                float(kept),
                below=1e-13,
            ),
            *orders(form),
        ),
        {
            "long_chains.svg": (
                "A chain of length 5: training against the flow, over the rate",
                figure,
            )
        },
        (
            Check(
                "c1 = 0 from a1 = 0: loss at the end (0.5 at the start)",
                float(zero.loss(stuck.state)),
                above=0.4,
            ),
            Check(
                "adaptive, relayed, L = 3: share of starts that do not converge",
                len(lost) / len(ends),
                above=0.05,
            ),
            Check(
                "of these: share that comes back to its start, so that it circles",
                float(np.mean(["circles" in end.note for end in lost])),
                above=0.9999,
            ),
        ),
        f"{N:,} starts of each length, 100 for each of ten channels from the normal distribution.",
    )


THEOREMS = (
    Theorem(
        "one_dimension",
        "1. One dimension",
        "A polynomial flow goes to the next root in the direction of its sign, or blows up in "
        "finite time; it converges from everywhere if and only if its degree is odd and its "
        "lead negative.",
        "x' = Q(x)",
        f"{PAPER}, theorem 1; also any textbook on differential equations.",
        "All of it: between roots x moves in one direction, and beyond the last one it grows at "
        "least like x^2.",
        "Nothing.",
        one_dimension,
        "Even degree, or a positive lead.",
    ),
    Theorem(
        "three_neurons",
        "2. A[1,1,1]",
        "From every start the flow converges, for c1 other than 0 to a global minimum; on the "
        "hyperbola of minima all points attract but those with c1 a2 + a1^2 < 0.",
        "a1' = c1 (alpha - beta a1 a2)\n"
        "a2' = a1 (alpha - beta a1 a2)\n"
        "a2 - a1^2 / (2 c1) is conserved",
        f"{PAPER}, theorem 2. The one eigenvalue that is not 0, -beta (c1 a2 + a1^2), is derived "
        "here.",
        "Convergence, by theorem 1: on the curve of a start a1' is a cubic with a negative lead.",
        "That training with small rates ends at the same root.",
        three_neurons,
        "The sign of c1, congruence, c1 = 0, the sign of the error.",
    ),
    Theorem(
        "four_neurons",
        "3. A[1,1,1,1]",
        "The first weight follows a polynomial of degree 7 with the lead -beta c2^2/(16 c1^2), "
        "so that the limit is its next root.",
        "a1' = c1 (alpha - beta a1 a2 a3)\na2 = k1 + c2 a1^2 / (2 c1),  a3 = k2 + a2^2 / (2 c2)",
        f"{PAPER}, theorem 3.",
        "Convergence, by theorem 1.",
        "Which of the roots a start finds, since it depends on all of them.",
        four_neurons,
    ),
    Theorem(
        "long_chains",
        "4. Chains of any length",
        "The flow of A[1, ..., 1] converges from every start to a global minimum but for "
        "trivial cases, whatever the signs of the channel.",
        "a_i' = c_i (a_1 ... a_(i-1)) (alpha - beta P),  P = a_1 ... a_L,  c_L = 1\n"
        "a_(i+1) - c_(i+1) a_i^2 / (2 c_i) is conserved; a1' has degree 2^L - 1\n"
        "BP conserves a_(i+1)^2 - a_i^2",
        f"{PAPER}, theorem 4. That a2 - c1 is conserved with an adaptive channel, also by "
        "training, is derived here.",
        "Convergence, by theorem 1: the degree is odd and the lead negative.",
        "Relayed adaptive channels (ARBP) of length 3 and more: what is conserved leaves a curve, "
        "and where that is closed and has no root of the error the flow circles without end. The "
        "states without error that have what a start conserves are known, the limit is integrated.",
        long_chains,
        "A channel weight of 0; a channel that adapts and is relayed.",
    ),
)
