"""Theorems 5 to 10: linear networks with one hidden layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel import plot
from neurochannel.theory import Linear, autoencoder, ensemble, random_starts
from neurochannel.theory.forms.form import Form
from neurochannel.theory.forms.settling import integrated
from neurochannel.theory.integrate import integrate
from scripts.theory.chains import PAPER, flow_drift, follow, orders
from scripts.theory.findings import Check, Findings, Theorem
from scripts.theory.pictures import Curve, curves, held

SIZES = ((2, 2, 2), (3, 2, 3), (3, 4, 2), (5, 3, 4))
NARROW = ((3, 1, 3), (1, 2, 1), (1, 4, 1), (2, 1, 4))
ONE = "conserved along the flow"


def covariance(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return a random covariance without small eigenvalues, (n, n)."""
    made = rng.normal(size=(n, n))
    return made @ made.T / n + 0.3 * np.eye(n)


def random_network(sizes: tuple[int, int, int], seed: int) -> Linear:
    """Return A[N0, N1, N2] with random moments and a random channel."""
    rng = np.random.default_rng((seed, *sizes))
    moments = covariance(rng, sizes[0])
    targets = rng.normal(size=(sizes[2], sizes[0])) @ moments
    return Linear(sizes, moments, targets, "rbp", (rng.normal(size=sizes[1:]),))


def systems(
    seeds: int, shapes: tuple[tuple[int, int, int], ...] = SIZES
) -> Iterator[tuple[Linear, np.ndarray]]:
    """Yield networks of all sizes with a random start each."""
    for sizes in shapes:
        for seed in range(seeds):
            form = random_network(sizes, seed)
            yield form, random_starts(form, 1, 0.7, seed)[0]


def one_to_one() -> Findings:
    """Theorem 5."""
    off, apart, affine = [], [], []
    for n in (2, 4, 8, 16):
        for seed in range(5):
            form = random_network((1, n, 1), seed)
            start = random_starts(form, 1, 1.0, seed)[0]
            limit, ended = form.limit(start), integrated(form, start)
            off.append(float(form.loss(limit.state)))
            apart.append(float(np.abs(limit.state - ended.state).max()))
            states = follow(form, start, 3.0, 20)[1]
            step = (states[:, :n] - start[:n]) / form.c[0][:, 0]
            affine.append(float(np.abs(step - step[:, :1]).max()))
    asleep = Linear((1, 3, 1), np.eye(1), np.eye(1), "rbp", (np.zeros((3, 1)),))
    stuck = asleep.limit(np.array([0.0, 0.0, 0.0, 0.3, -0.2, 0.4]))
    form = random_network((1, 4, 1), 1)
    figure = plot.flow(form, random_starts(form, 3, 0.7, 2), "error", rates=(0.1, 0.05), until=5.0)
    return Findings(
        (
            Check("largest loss at the predicted limit", max(off), below=1e-15),
            Check(
                "largest distance of the root of the cubic to the end of the flow",
                max(apart),
                below=1e-6,
            ),
            Check(
                "largest difference of (a_i - a_i(0)) / c_i between neurons",
                max(affine),
                below=1e-8,
            ),
            Check(f"largest drift of what is {ONE}", flow_drift(form, 4), below=1e-9),
            *orders(form),
        ),
        {"one_to_one.svg": ("Loss of A[1,4,1] from three starts: flow and training", figure)},
        (
            Check(
                "C1 = 0 from A1 = 0: loss at the end (0.5 at the start)",
                float(asleep.loss(stuck.state)),
                above=0.4,
            ),
        ),
        "N = 2, 4, 8, 16, five random networks and starts of each.",
    )


def bottleneck() -> Findings:
    """Theorem 6."""
    rng = np.random.default_rng(3)
    white, other, apart, roots = [], [], [], []
    for seed in range(10):
        c = rng.normal(size=(1, 3))
        for s in (np.eye(3), np.diag([1.0, 2.0, 4.0]), covariance(rng, 3)):
            form = autoencoder(3, 1, s, c=c)
            start = random_starts(form, 1, 0.7, seed)[0]
            ended = form.product(integrated(form, start).state)
            general = s @ c.T @ c / (c @ s @ c.T)
            white += [float(np.abs(ended - general).max())] if np.array_equal(s, np.eye(3)) else []
            apart.append(float(np.abs(ended - general).max()))
            roots.append(
                float(np.abs(form.limit(start).state - integrated(form, start).state).max())
            )
            if s[2, 2] == 4.0:
                other.append(float(np.abs(ended - c.T @ c / (c @ c.T)).max()))
    c = np.array([[0.5, -1.0, 2.0]])
    lines: dict[str, list[Curve]] = {}
    for name, s in {"S = 1": np.eye(3), "S = diag(1,2,4)": np.diag([1.0, 2.0, 4.0])}.items():
        form = autoencoder(3, 1, s, c=c)
        for words, goal in (
            ("C'C/|C|^2", c.T @ c / (c @ c.T)),
            ("general", s @ c.T @ c / (c @ s @ c.T)),
        ):
            if name != "S = 1" or words != "general":
                times, states = follow(form, np.array([0.1, -0.2, 0.3, 0.2, 0.5, -0.4]), 6.0)
                away = np.abs(form.product(states) - goal).max(axis=(1, 2))
                label = f"{name}\n{words}"
                lines[label] = [(times, np.maximum(away, 1e-12))]
    figure = curves(lines, "time", "distance of BA to its limit", log=True, ylim=(1e-9, 3))
    several = []
    for s in (np.eye(4), covariance(rng, 4)):
        wide = autoencoder(4, 2, s, c=rng.normal(size=(2, 4)))
        seen = s @ wide.c[0].T @ np.linalg.inv(wide.c[0] @ s @ wide.c[0].T) @ wide.c[0]
        for start in random_starts(wide, 3, 0.5, 1):
            end = integrated(wide, start).state
            several.append(float(np.abs(wide.product(end) - seen).max()))
    return Findings(
        (
            Check("S = 1: largest distance of BA to C^T C / |C|^2", max(white), below=1e-6),
            Check("any S: largest distance of BA to S C^T C / (C S C^T)", max(apart), below=1e-6),
            Check(
                "largest distance of the positive root to the end of the flow",
                max(roots),
                below=1e-5,
            ),
            Check(
                "seen, A[4,2,4]: largest distance of BA to S C^T (C S C^T)^-1 C",
                max(several),
                below=1e-6,
            ),
            Check(
                "largest drift of K along the flow, correlated inputs",
                flow_drift(form, 4),
                below=1e-9,
            ),
            *orders(form),
        ),
        {"bottleneck.svg": ("An autoencoder A[3,1,3]: where the product goes", figure)},
        (
            Check(
                "S = diag(1, 2, 4): least distance of BA to C^T C / |C|^2", min(other), above=1e-3
            ),
        ),
        "Ten channels for each of S = 1, S = diag(1, 2, 4) and a random S.",
    )


def existence() -> Findings:
    """Theorem 7."""
    drifts, largest, status = [], [], []
    lines: list[Curve] = []
    for form, start in systems(4):
        drifts.append(flow_drift(form, 2))
        times, states = follow(form, start, 30.0)
        size = np.linalg.norm(form.parts(states)[0][0], axis=(1, 2))
        lines.append(held(times, size / size[0], 30.0))
        largest.append(float(size.max() / size[0]))
        status.append(bool(np.abs(states).max() < 1e3))
    figure = curves({"A[N0,N1,N2]": lines}, "time", "|A1| / |A1(0)|", xlim=(0, 10), legend=0.2)
    form = random_network((2, 2, 2), 0)
    backward = [_blows_up(form, start) for start in random_starts(form, 20, 0.7, 4)]
    return Findings(
        (
            Check("share of flows that exist until time 30", float(np.mean(status)), above=0.9999),
            Check("largest |A1| over time, as a multiple of |A1(0)|", max(largest), below=100.0),
            Check(
                "largest drift of C1 A2 + (C1 A2)^T - A1 A1^T along the flow",
                max(drifts),
                below=1e-8,
            ),
            *orders(form, 2),
        ),
        {"existence.svg": ("Size of A1 over time for 16 networks of four shapes", figure)},
        (
            Check(
                "the error's sign turned: share of starts that blow up",
                float(np.mean(backward)),
                above=0.5,
            ),
        ),
        f"Four random networks of each of the sizes {_sizes()}.",
    )


def _sizes(shapes: tuple[tuple[int, int, int], ...] = SIZES) -> str:
    return ", ".join("-".join(map(str, sizes)) for sizes in shapes)


def _blows_up(form: Form, start: np.ndarray) -> bool:
    done = integrate(lambda s: -form.velocity(s), start, until=50.0, tolerance=1e-8)
    return done.status == "blew up"


def regression() -> Findings:
    """Theorem 8."""
    off, bounded = [], []
    lines: list[Curve] = []
    for form, start in systems(4):
        times, states = follow(form, start, 200.0, 400)
        goal = form.c[0] @ form.target
        away = np.abs(form.c[0] @ form.product(states) - goal).max(axis=(1, 2))
        lines.append((times, np.maximum(away, 1e-14)))
        off.append(float(away[-1]))
        a2 = form.parts(states)[0][1]
        bounded.append(float(np.linalg.norm(form.c[0] @ a2, axis=(1, 2)).max()))
    figure = curves(
        {"A[N0,N1,N2]": lines},
        "time",
        "distance of C1 A2 A1 to its limit",
        log=True,
        ylim=(1e-9, 30),
        xlim=(0, 100),
        legend=0.2,
    )
    full, narrow = [], []
    for seed in range(4):
        form = random_network((3, 4, 2), seed)
        reached = integrated(form, random_starts(form, 1, 0.7, seed)[0]).state
        full.append(float(np.abs(form.product(reached) - form.target).max()))
        form = random_network((3, 2, 3), seed)
        start = random_starts(form, 1, 0.7, seed)[0]
        best = Linear(form.sizes, form.s_ii, form.s_ti, "bp")
        losses = [float(own.loss(integrated(own, start).state)) for own in (form, best)]
        narrow.append(losses[0] / losses[1])
    singular = Linear((3, 2, 2), np.diag([1.0, 1.0, 0.0]), np.eye(2, 3), "rbp", (np.eye(2),))
    apart = [
        singular.product(integrated(singular, x).state) for x in random_starts(singular, 2, 0.7, 1)
    ]
    return Findings(
        (
            Check(
                "largest distance of C1 A2 A1 to C1 S_TI S_II^-1 at time 200", max(off), below=1e-6
            ),
            Check("largest |C1 A2| over time", max(bounded), below=1e3),
            Check(
                "C1 of full column rank: largest distance of A2 A1 to the regression",
                max(full),
                below=1e-6,
            ),
        ),
        {
            "regression.svg": (
                "What the channel sees of the network goes to what it sees of the regression",
                figure,
            )
        },
        (
            Check(
                "3-2-3, C1 not of full column rank: least loss as a multiple of that of BP",
                min(narrow),
                above=1.001,
            ),
            Check(
                "an input without variance: distance of the A2 A1 of two starts",
                float(np.abs(apart[0] - apart[1]).max()),
                above=1e-3,
            ),
        ),
        f"Four random networks of each of the sizes {_sizes()}.",
    )


def discrete() -> Findings:
    """Theorem 9."""
    isolated, moves = [], []
    for form, start in systems(4, (*NARROW, *SIZES)):
        end = integrated(form, start)
        later = integrate(form.velocity, end.state, until=100.0, still=1e-15).states[-1]
        a1, a2 = form.parts(end.state)[0]
        seen, seen_later = form.c[0] @ a2, form.c[0] @ form.parts(later)[0][1]
        change = max(np.abs(form.parts(later)[0][0] - a1).max(), np.abs(seen_later - seen).max())
        isolated.append(_is_isolated(form, a1, seen))
        moves.append(float(change) if end.converged else np.inf)
    alone = np.array(isolated)
    found = np.array(moves)
    lines = {}
    for sizes in ((2, 2, 2), (3, 2, 3)):
        form = random_network(sizes, 0)
        start = random_starts(form, 1, 0.7, 0)[0]
        rest = integrated(form, start).state
        times, states = follow(form, start, 40.0)
        away = np.abs(states - rest).max(axis=1)
        lines["-".join(map(str, sizes))] = [(times, np.maximum(away, 1e-12))]
    figure = curves(lines, "time", "distance to the limit", log=True, ylim=(1e-7, 5), legend=0.8)
    return Findings(
        (
            Check(
                "share of narrow networks, A[N,1,M] and A[1,N,1], whose limit is isolated",
                float(alone[: 4 * len(NARROW)].mean()),
                above=0.9999,
            ),
            Check(
                "isolated limits: largest move of A1 and C1 A2 within 100 after the end",
                float(found[alone].max()),
                below=1e-6,
            ),
        ),
        {"discrete.svg": ("Distance of all weights to the limit", figure)},
        (
            Check(
                "wider networks: share whose limit is not isolated",
                float((~alone[4 * len(NARROW) :]).mean()),
                above=0.9999,
            ),
            Check(
                "limits that are not isolated: share that converges all the same",
                float(np.isfinite(found[~alone]).mean()),
                above=0.9999,
            ),
        ),
        f"Four random networks of each of the sizes {_sizes((*NARROW, *SIZES))}. A limit is "
        "isolated if the equations of A1 and C1 A2, "
        "the limit of their product and what is conserved, have a Jacobian of full column rank "
        "there.",
    )


def _is_isolated(form: Linear, a1: np.ndarray, seen: np.ndarray) -> bool:
    """Tell whether M A1 = const and M + M^T - A1 A1^T = const fix A1 and M = C1 A2 = C1 X."""
    rows, columns = a1.shape
    basis = np.linalg.svd(form.c[0])[0][:, : np.linalg.matrix_rank(form.c[0])]
    moves = []
    for place in range(rows * columns):
        da = np.zeros(rows * columns)
        da[place] = 1
        step = da.reshape(rows, columns)
        moves.append(np.concatenate([(seen @ step).ravel(), -(step @ a1.T + a1 @ step.T).ravel()]))
    for left in basis.T:
        for axis in np.eye(rows):
            dm = np.outer(left, axis)
            moves.append(np.concatenate([(dm @ a1).ravel(), (dm + dm.T).ravel()]))
    values = np.linalg.svd(np.array(moves).T, compute_uv=False)
    return bool(len(moves) <= len(np.array(moves).T) and values[-1] > 1e-6 * values[0])


def two_by_two() -> Findings:
    """Theorem 10."""
    form = Linear((2, 2, 2), np.eye(2), np.eye(2), "rbp", (np.eye(2),))
    many = ensemble(form, random_starts(form, 200, 1.0, 2), until=3e3)
    loss = np.asarray(form.loss(many.limits))
    deep = _deep(5)
    same = [float(np.abs(a.velocity(start) - b.velocity(start)).max()) for a, b, start in deep]
    figure = plot.flow(form, random_starts(form, 3, 0.5, 1), "error", rates=(0.1, 0.02), until=12.0)
    return Findings(
        (
            Check("share of starts that converge", float(many.converged.mean()), above=0.994),
            Check(
                "largest loss at the limit of those", float(loss[many.converged].max()), below=1e-6
            ),
            Check(
                "deeper: largest difference of RBP to SRBP with the products of its matrices",
                max(same),
                below=1e-12,
            ),
            *orders(form, 2),
        ),
        {"two_by_two.svg": ("Loss of A[2,2,2] from three starts: flow and training", figure)},
        (),
        "200 starts from the standard normal distribution; deeper networks are 2-3-4-2.",
    )


def _deep(n: int) -> Iterator[tuple[Linear, Linear, np.ndarray]]:
    for seed in range(n):
        rng = np.random.default_rng(seed)
        c = (rng.normal(size=(3, 4)), rng.normal(size=(4, 2)))
        one = Linear((2, 3, 4, 2), covariance(rng, 2), rng.normal(size=(2, 2)), "rbp", c)
        other = Linear(one.sizes, one.s_ii, one.s_ti, "srbp", (c[0] @ c[1], c[1]))
        yield one, other, rng.normal(size=one.n)


FLOW = "A1' = C1 (S_TI - A2 A1 S_II)\nA2' = (S_TI - A2 A1 S_II) A1^T"
THEOREMS = (
    Theorem(
        "one_to_one",
        "5. A[1,N,1]",
        "The flow converges to a global minimum; all weights follow from one of them, and a "
        "cubic decides.",
        "a_i' = c_i (alpha - beta sum of a_k b_k)\n"
        "b_i' = a_i (alpha - beta sum of a_k b_k)\n"
        "a_i = a_i(0) + c_i tau,  b_i = b_i(0) + a_i(0) tau + c_i tau^2 / 2",
        f"{PAPER}, theorem 5. The common parameter tau is derived here.",
        "Convergence, by theorem 1 in tau.",
        "Nothing.",
        one_to_one,
        "A channel of 0.",
    ),
    Theorem(
        "bottleneck",
        "6. The autoencoder A[N,1,N]",
        "The flow converges, and the network becomes a projector that the channel decides: BA "
        "-> S C^T C / (C S C^T), for decorrelated inputs C^T C / |C|^2.",
        "A' = C S - C B A S,  B' = (S - B A S) A^T,  S = S_II\n"
        "A -> beta C,  B -> S C^T / (beta C S C^T)\n"
        "|C|^2 beta^3 / 2 - K beta - 1 = 0,  K = |A|^2 / 2 - C B is conserved",
        f"{PAPER}, theorem 6, for S = 1, and the note that the proof adapts to a diagonal S; the "
        "limit for any S of full rank is derived here.",
        "Convergence for S = 1. For other S the limit follows where the flow converges.",
        "Convergence for any S of full rank. With several hidden neurons BA -> S C^T (C S "
        "C^T)^-1 C, the projector on what the channel sees.",
        bottleneck,
        "Correlated inputs, and the formula for decorrelated ones.",
    ),
    Theorem(
        "existence",
        "7. A[N0,N1,N2]: solutions exist for all time",
        "The flow exists for all time, A1 stays bounded, and C1 A2 + (C1 A2)^T - A1 A1^T is "
        "conserved.",
        FLOW,
        f"{PAPER}, theorem 7.",
        "All of it, for any data and channel.",
        "How far A1 grows.",
        existence,
        "The sign of the error.",
    ),
    Theorem(
        "regression",
        "8. The channel's view converges",
        "C1 A2 stays bounded, and C1 A2 A1 goes to C1 S_TI S_II^-1.",
        FLOW,
        f"{PAPER}, theorem 8.",
        "All of it for S_II of full rank.",
        "That A2 A1 goes to the regression if C1 has full column rank.",
        regression,
        "A channel without full column rank; an input without variance.",
    ),
    Theorem(
        "discrete",
        "9. Isolated limits",
        "If the set of admissible limits is discrete, A1 and C1 A2 converge.",
        "M A1 = C1 S_TI S_II^-1,  M + M^T - A1 A1^T = what is conserved,  M = C1 A2",
        f"{PAPER}, theorem 9.",
        "Convergence under the condition.",
        "That the condition holds for A[N,1,M] and A[1,N,1] and not for wider networks, and "
        "that those converge as well.",
        discrete,
        "Limits that are not isolated.",
    ),
    Theorem(
        "two_by_two",
        "10. A[2,2,2]",
        "With S_II = S_TI = C1 = 1 the flow converges.",
        FLOW + "\nin deeper linear networks RBP is SRBP with the products of its matrices",
        f"{PAPER}, theorem 10.",
        "Convergence.",
        "That it ends at a global minimum from random starts.",
        two_by_two,
    ),
)
