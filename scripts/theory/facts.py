"""Six facts about all learning channels, on random networks of the engine."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import neurochannel as nc
from neurochannel.plot.panels import make_panels
from neurochannel.plot.style import styled
from scripts.theory.chains import PAPER
from scripts.theory.findings import Check, Findings, Theorem

SEEDS = 5
Updates = dict[str, np.ndarray]


def network(
    channel: str, output: str = "softmax", sizes: tuple[int, ...] = (6, 9, 7, 4)
) -> nc.Network:
    """Return a net of tanh with a channel by name."""
    made = nc.mlp(*sizes, activation="tanh", output=output)
    return made.with_channel(
        {"bp": nc.bp, "rbp": nc.rbp, "srbp": nc.srbp, "arbp": nc.arbp}[channel]()
    )


def run_of(made: nc.Network, seed: int, x: np.ndarray, t: np.ndarray) -> nc.Simulation:
    """Return a run in float64 with all examples in one batch."""
    return nc.Simulation(made, (x, t), batch_size=len(x), seed=seed, dtype="float64")


def examples(seed: int, n_in: int = 6, n_out: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return random inputs and one-hot targets of 20 examples."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(20, n_in)), np.eye(n_out)[rng.integers(0, n_out, 20)]


def largest(updates: Updates) -> float:
    """Return the largest change."""
    return max(float(np.abs(change).max()) for change in updates.values())


def sum_of(a: Updates, b: Updates) -> float:
    """Return the largest |a + b|."""
    return max(float(np.abs(a[name] + b[name]).max()) for name in a)


def _top_layer() -> tuple[float, float]:
    """Return how far the changes of the top and of the first layer differ between channels."""
    top, first = [], []
    for seed in range(SEEDS):
        x, t = examples(seed)
        found = [run_of(network(name), seed, x, t).updates(x, t) for name in ("bp", "rbp", "srbp")]
        for other in found[1:]:
            top.append(np.abs(found[0]["hidden2 -> output"] - other["hidden2 -> output"]).max())
            first.append(np.abs(found[0]["input -> hidden1"] - other["input -> hidden1"]).max())
    return float(max(top)), float(min(first))


def _turned() -> tuple[float, float, float]:
    """Return |updates(2 O - T) + updates(T)|, |updates(O)| and, to compare, |updates(T)|."""
    both, none, usual = [], [], []
    for channel in ("bp", "rbp", "srbp", "arbp"):
        for seed in range(SEEDS):
            x, t = examples(seed)
            run = run_of(network(channel, "linear"), seed, x, t)
            o = run.forward(x)["output"]
            both.append(sum_of(run.updates(x, t), run.updates(x, 2 * o - t)))
            none.append(largest(run.updates(x, o)))
            usual.append(largest(run.updates(x, t)))
    return max(both), max(none), min(usual)


def _orthant(sign: str) -> float:
    """Return the share of first-layer changes of A[N0,N1,1] that have the gradient's sign."""
    found = []
    for seed in range(SEEDS):
        x, t = examples(seed, n_out=1)
        t = t * np.linspace(-1, 1, len(t))[:, None]
        made = network("rbp", "linear", (6, 8, 1))
        if sign == "congruent":
            made = made.with_channel(nc.ChannelEdges(path="error -> hidden1", weights="congruent"))
        one = run_of(made, seed, x, t)
        exact = run_of(network("bp", "linear", (6, 8, 1)), seed, x, t)
        pair = (one.updates(x, t)["input -> hidden1"], exact.updates(x, t)["input -> hidden1"])
        found.append(np.mean(np.sign(pair[0]) == np.sign(pair[1])))
    return float(np.mean(found))


def _products() -> tuple[float, float]:
    """Return how far RBP is from SRBP with the products of its matrices, linear and tanh."""
    found = []
    for activation in ("linear", "tanh"):
        worst = []
        for seed in range(SEEDS):
            x, t = examples(seed)
            base = nc.mlp(6, 9, 7, 4, activation=activation, output="linear")
            one = run_of(base.with_channel(nc.rbp()), seed, x, t)
            other = run_of(base.with_channel(nc.srbp()), seed, x, t)
            upper, lower = (
                one.channel_weights["error -> hidden2"],
                one.channel_weights["hidden2 -> hidden1"],
            )
            other.channel_weights["error -> hidden2"] = upper
            other.channel_weights["error -> hidden1"] = upper @ lower
            worst.append(sum_of(one.updates(x, t), {k: -v for k, v in other.updates(x, t).items()}))
        found.append(worst)
    return max(found[0]), min(found[1])


def _constant(output: str) -> float:
    """Return what equal channel weights deliver to the first layer, as a part of random ones'."""
    parts = []
    for seed in range(SEEDS):
        x, t = examples(seed)
        run = run_of(network("srbp", output), seed, x, t)
        usual = np.abs(run.learning_signals(x, t)["hidden1"]).max()
        run.channel_weights["error -> hidden1"] = np.ones((4, 9))
        parts.append(np.abs(run.learning_signals(x, t)["hidden1"]).max() / usual)
    return float(max(parts) if output == "softmax" else min(parts))


def facts() -> Findings:
    """Compute all of them, and what each one is not."""
    top, first = _top_layer()
    both, none, usual = _turned()
    linear, tanh = _products()
    softmax, logistic = _constant("softmax"), _constant("logistic")
    congruent, random = _orthant("congruent"), _orthant("random")
    checks = (
        Check(
            "1. BP, RBP, SRBP: largest difference of the changes of the top layer", top, below=1e-15
        ),
        Check(
            "2. T - O turned: largest |changes + changes of the turned error|", both, below=1e-14
        ),
        Check("3. T = O: largest change", none, below=1e-15),
        Check(
            "4. congruent channel of A[N0,N1,1]: share of changes in the gradient's orthant",
            congruent,
            above=0.9999,
        ),
        Check(
            "5. linear: largest difference of RBP to SRBP with the products of its matrices",
            linear,
            below=1e-14,
        ),
        Check(
            "6. softmax, one-hot: signal of equal weights from the error, part of that of "
            "random ones",
            softmax,
            below=1e-14,
        ),
    )
    broken = (
        Check("1. the first layer: least difference", first, above=1e-4),
        Check("2, 3. least change for T itself", usual, above=1e-4),
        Check("4. random channel: share of changes in the gradient's orthant", random, above=0.2),
        Check("5. tanh: least difference", tanh, above=1e-4),
        Check("6. logistic outputs: least part", logistic, above=1e-2),
    )
    rows = {
        "1. top layer": (top, first),
        "2. T - O turned": (both, usual),
        "3. T = O": (none, usual),
        "4. not in the orthant": (1 - congruent, 1 - random),
        "5. RBP - SRBP": (linear, tanh),
        "6. equal weights": (softmax, logistic),
    }
    return Findings(
        checks,
        {
            "facts.svg": (
                "What is 0 in each of the six facts, and what it is if the condition is broken",
                _dots(rows),
            )
        },
        broken,
        f"Networks 6-9-7-4 and 6-8-1 of tanh, 20 examples, {SEEDS} seeds; adaptive channels too "
        "where all rules are meant.",
    )


def _dots(rows: dict[str, tuple[float, float]]) -> Figure:
    with styled():
        figure, (axes,) = make_panels(1, 2.2, 0.2)
        axes.set_position((0.34, 0.2, 0.62, 0.62))
        places = np.arange(len(rows))[::-1]
        for column, (label, marker, color) in enumerate(
            (("as stated", "o", "#0072B2"), ("condition broken", "x", "#D55E00"))
        ):
            values = [max(pair[column], 1e-18) for pair in rows.values()]
            axes.plot(values, places, marker, color=color, markersize=4, label=label)
        axes.set_yticks(places, list(rows))
        axes.set(xscale="log", xlabel="size (0 is drawn at 1e-18)", xlim=(3e-19, 10))
        axes.set_xticks([1e-18, 1e-12, 1e-6, 1], ["1e-18", "1e-12", "1e-6", "1"])
        axes.minorticks_off()
        axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
    return figure


THEOREMS = (
    Theorem(
        "facts",
        "Facts about all channels",
        "(1) The top layer learns the same under BP, RBP and SRBP. (2) Turning the sign of T - "
        "O turns all changes. (3) T = O changes nothing. (4) A congruent channel of A[N0,N1,1] "
        "moves in the gradient's orthant. (5) In linear networks RBP is SRBP with the products "
        "of its matrices. (6) With softmax and one-hot targets equal weights from the error "
        "teach nothing.",
        "dW^h = mean((O^(h-1))^T R^h),  R^L = T - O",
        f"1 to 5 after {PAPER}, here on non-linear networks of "
        "the engine except 5; 6 is derived here: the errors of an example add up to 0.",
        "All of them, from the form of the rule.",
        "Nothing.",
        facts,
        "Another layer, error, channel, activation or output.",
    ),
)
