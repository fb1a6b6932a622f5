# ruff: noqa: E741
"""The part of the slow twin that knows no network: limits, functions and weights as they are drawn.

All is float64 NumPy, straight from the equations; nothing of the package is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.philox import normal, uniform

Array = NDArray[np.float64]


class Limit(NamedTuple):
    """What a channel does to a message, or a synapse to its change: of a batch or an example."""

    bits: int | None = None
    scale: float = 1.0
    quantizer: str = "powers"
    keep: str = "all"
    noise: float = 0.0
    relative_noise: float = 0.0
    range: float | str | None = None
    power: bool = False
    dead_zone: float = 0.0
    loss: float = 0.0
    rescale: bool = False
    wires: bool = False
    dead: float = 0.0
    stuck: float = 0.0
    stuck_at: float | None = None
    per: str = "batch"
    every: int = 1
    budget: int | None = None
    delay: int = 0
    unit: str = "example"


class Init(NamedTuple):
    """How weights are drawn; `values` is a (source, receiver) matrix for "explicit"."""

    distribution: str = "glorot"
    scale: float = 1.0
    mean: float = 0.0
    values: Array | None = None


def faults(limit: Limit, n: int, seed: int, name: str) -> Array:
    """What n wires of a chip always say: NaN for sound ones, 0 for dead ones."""
    luck, sign = (uniform(seed, f"chip:fault:{name}", step, np.arange(n)) for step in (0, 1))
    order = np.argsort(luck, kind="stable")
    n_dead, n_stuck = (int(np.floor(p * n + 0.5)) for p in (limit.dead, limit.stuck))
    said = np.full(n, np.nan)
    said[order[:n_dead]] = 0.0
    stuck = order[n_dead : n_dead + n_stuck]
    if limit.stuck_at is not None:
        said[stuck] = limit.stuck_at
    elif limit.stuck:
        assert isinstance(limit.range, float)
        said[stuck] = np.where(sign[stuck] < 0.5, -limit.range, limit.range)
    return said


def edge_number(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number of each edge in (source, target) order; all-to-all: s * n_target + d."""
    return np.maximum(np.cumsum(mask).reshape(mask.shape) - 1, 0)


def draw(init: Init, mask: NDArray[np.bool_], seed: int, stream: str, step: int) -> Array:
    """Weights of a bundle: mean + scale * z, and 0 where there is no edge."""
    where = (seed, stream, step, edge_number(mask))
    n_edges, (n_source, n_target) = max(np.count_nonzero(mask), 1), mask.shape
    fan_in, fan_out = n_edges / n_target, n_edges / n_source
    z: dict[str, Callable[[], Array]] = {
        "glorot": lambda: np.sqrt(6 / (fan_in + fan_out)) * (2 * uniform(*where) - 1),
        "glorot_normal": lambda: np.sqrt(2 / (fan_in + fan_out)) * normal(*where),
        "he": lambda: np.sqrt(2 / fan_in) * normal(*where),
        "he_uniform": lambda: np.sqrt(6 / fan_in) * (2 * uniform(*where) - 1),
        "uniform": lambda: 2 * uniform(*where) - 1,
        "normal": lambda: normal(*where),
        "zeros": lambda: np.zeros(mask.shape),
        "binary": lambda: np.floor(2 * uniform(*where)),
        "ternary": lambda: np.floor(3 * uniform(*where)) - 1,
        "signs": lambda: np.where(uniform(*where) < 0.5, -1.0, 1.0),
        "explicit": lambda: np.asarray(init.values),
    }
    return np.where(mask, init.mean + init.scale * z[init.distribution](), 0.0)


def largest(x: Array, k: int) -> Array:
    """Keep the k largest magnitudes of each row, the first of equal ones, and 0 elsewhere."""
    rank = np.argsort(np.argsort(-np.abs(x), axis=-1, kind="stable"), axis=-1)
    return np.where(rank < k, x, 0.0)


def largest_of_batch(x: Array, power: bool) -> float:
    """The largest magnitude, or the power of 2 that is not below it; 1 if all are 0."""
    a = float(np.abs(x).max(initial=0.0)) or 1.0
    return 2.0 ** np.ceil(np.log2(a)) if power else a


def quantize(
    x: Array,
    limit: Limit | None,
    u: ArrayLike = 0.0,
    z: ArrayLike = 0.0,
    relative_z: ArrayLike = 0.0,
) -> Array:
    """Keep a part of x, add noise, cut it at both ends, and round it to few levels.

    `u` decides where chance does; the noise is of `z` and, relative to x, of `relative_z`.
    """
    if limit is None:
        return x
    a, b = limit.scale, limit.bits
    x = {"all": x, "sign": a * np.sign(x), "magnitude": np.abs(x)}[limit.keep]
    x = x if limit.budget is None else largest(x, limit.budget)
    sent = x != 0 if limit.every > 1 or limit.budget else True
    x = x * (1 + limit.relative_noise * np.asarray(relative_z))
    x = x + np.where(sent, limit.noise * np.asarray(z), 0.0)
    x = np.clip(x, -limit.range, limit.range) if isinstance(limit.range, float) else x
    x = np.where(np.abs(x) < limit.dead_zone, 0.0, x)
    a = largest_of_batch(x, limit.power) if limit.range == "batch" else a
    if b is None:
        return x
    M = 2 ** (b - 1) - 1
    with np.errstate(divide="ignore"):
        octave = np.log2(np.abs(x / a))
    if limit.quantizer in ("powers", "octaves"):
        least = -M if limit.quantizer == "powers" else 1 - b
        return a * np.sign(x) * 2.0 ** np.rint(np.clip(octave, max(least, -126), 0))
    if limit.quantizer == "log_zero":
        e = np.minimum(np.rint(octave), 0)
        return np.where(e < -(M - 1), 0.0, a * np.sign(x) * 2.0 ** np.maximum(e, -(M - 1)))
    if limit.quantizer == "uniform":
        return a / M * np.clip(np.rint(M * x / a), -M, M)
    y = np.clip(M * np.abs(x) / a, 0, M)
    return a / M * np.sign(x) * (np.floor(y) + (u < y - np.floor(y)))


def activity(f: str, S: Array) -> Array:
    """O = f(S)."""
    if f.startswith("power"):
        mu = float(Fraction(f[6:-1]))
        return S**mu if mu.is_integer() else np.sign(S) * np.abs(S) ** mu
    if f == "softmax":
        e = np.exp(S - S.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    functions: dict[str, Callable[[Array], Array]] = {
        "linear": lambda S: S,
        "logistic": lambda S: 1 / (1 + np.exp(-S)),
        "tanh": np.tanh,
        "relu": lambda S: np.maximum(S, 0),
    }
    return functions[f](S)


def slope(f: str, S: Array) -> Array:
    """f'(S) of an activation that acts on each neuron alone."""
    if f.startswith("power"):
        mu = float(Fraction(f[6:-1]))
        if mu < 1:
            return mu * np.maximum(np.abs(S), 1e-6) ** (mu - 1)
        return mu * (S if mu.is_integer() else np.abs(S)) ** (mu - 1)
    O = activity(f, S)
    return {"linear": 0 * S + 1, "logistic": O * (1 - O), "tanh": 1 - O**2, "relu": 1.0 * (S > 0)}[
        f
    ]
