"""Closed forms of all kinds with random starts, for the tests of this room."""

import numpy as np

from neurochannel.theory import Linear, Nonlinear, autoencoder, chain

CHANNELS = ("bp", "rbp", "srbp", "arbp", "asrbp")
SIZES = ((1, 1, 1), (1, 3, 1), (3, 1, 2), (2, 2, 2), (3, 2, 3), (2, 3, 4, 2))
POWERS = ("power(2)", "power(1.5)", "power(3)", "power(1/3)")


def covariance(rng, n):
    made = rng.normal(size=(n, n))
    return made @ made.T / n + 0.3 * np.eye(n)


def linear(sizes, channel, seed=0):
    """A linear network with random moments and channel, and a random start."""
    rng = np.random.default_rng(seed)
    c, top = [], len(sizes) - 1
    if channel in ("rbp", "srbp"):
        ends = [sizes[h + 1] if channel == "rbp" else sizes[-1] for h in range(1, top)]
        c = [rng.normal(size=(sizes[h + 1], end)) for h, end in enumerate(ends)]
    s_ti = rng.normal(size=(sizes[-1], sizes[0]))
    form = Linear(sizes, covariance(rng, sizes[0]), s_ti, channel, tuple(c))
    return form, 0.6 * rng.normal(size=form.n)


def nonlinear(activation, channel, hidden=1, derivative=True, seed=0):
    """A chain of non-linear neurons with a random channel over five examples, and a start."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.5, 1.5, 5)
    fixed = channel in ("rbp", "srbp")
    c = rng.uniform(0.5, 1.0, hidden) if fixed else hidden
    form = Nonlinear(x, 0.7 * x + 0.2 * x * x, activation, c, channel, derivative)
    return form, rng.uniform(0.4, 1.0, form.n)


def every_form():
    """Return (name, form, start) of all kinds."""
    made = []
    for sizes in SIZES:
        for channel in CHANNELS:
            made.append((f"{sizes} {channel}", *linear(sizes, channel)))
    for activation in (*POWERS, "tanh", "logistic"):
        for channel in CHANNELS:
            for hidden in (1, 2):
                name = f"{activation} {channel} {hidden}"
                made.append((name, *nonlinear(activation, channel, hidden)))
    for channel in CHANNELS:
        c = [0.7, -0.4] if channel in ("rbp", "srbp") else 2
        form = chain(c, 0.8, 1.3, channel=channel)
        made.append((f"chain {channel}", form, np.linspace(0.3, 0.9, form.n)))
    form = autoencoder(3, 2, c=np.ones((2, 3)) + np.eye(2, 3))
    made.append(("autoencoder", form, np.linspace(-0.5, 0.6, form.n)))
    without, start = nonlinear("tanh", "srbp", derivative=False)
    made.append(("tanh without f'", without, start))
    return made
