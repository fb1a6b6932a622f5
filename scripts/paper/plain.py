"""A second implementation of the paper's rules in plain NumPy and float64, without the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Limit = Callable[[np.ndarray], np.ndarray]
Route = Literal["chain", "skip", "none"]
Redrawn = Literal["", "any", "forward"]
UNITS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
    "linear": (lambda S: S, np.ones_like),
    "logistic": (lambda S: 1 / (1 + np.exp(-S)), lambda y: y * (1 - y)),
    "relu": (lambda S: np.maximum(S, 0), lambda y: (y > 0) * 1.0),
    "tanh": (np.tanh, lambda y: 1 - y**2),
}
"""f of the sum S, and f' of the activity y = f(S)."""


def sign(scale: float) -> Limit:
    """Return the limit that leaves the sign of a number."""
    return lambda x: scale * np.sign(x)


def powers(bits: int, scale: float) -> Limit:
    """Return the limit to 2^bits values, a sign(x) 2^rint(clip(log2 |x / a|, -M, 0)).

    M = min(2^(bits - 1) - 1, 126); 0 stays 0.
    """
    lowest = -min(2 ** (bits - 1) - 1, 126)

    def limited(x: np.ndarray) -> np.ndarray:
        size = np.where(x == 0, scale, np.abs(x)) / scale
        octave = np.rint(np.clip(np.log2(size), lowest, 0))
        return np.asarray(scale * np.sign(x) * 2.0**octave)

    return limited


@dataclass(frozen=True)
class PlainRule:
    """How a network learns.

    Parameters
    ----------
    route
        "chain": from each layer to the one below; "skip": from the error to each; "none".
    tied
        Whether the channel has the transposed forward weights; for chains.
    redrawn, sets
        "any": weights are drawn for each batch, or all are those of one of `sets` fixed sets;
        "forward": they are drawn and have the forward weights' signs.
    received
        What is left of what a hidden neuron receives, before f'.
    update
        What is left of a change.
    per_example
        Whether each example's change is limited, before the mean over the batch.
    frozen
        Numbers of layers that do not learn, from 0 for the lowest.
    units
        The activation of hidden neurons, of `UNITS`.
    """

    route: Route = "skip"
    tied: bool = False
    redrawn: Redrawn = ""
    sets: int | None = None
    received: Limit | None = None
    update: Limit | None = None
    per_example: bool = False
    frozen: tuple[int, ...] = ()
    units: str = "tanh"


@dataclass
class PlainNetwork:
    """Hidden layers below a softmax output, which learn by a rule.

    Parameters
    ----------
    rule
        The rule.
    weights, biases
        Of each layer from the lowest, (n_below, n) and (n,); changed in place.
    channel
        Weights to each hidden layer from the lowest, (n_source, n); empty if the rule needs none.
    seed
        Of weights that are redrawn.
    """

    rule: PlainRule
    weights: list[np.ndarray]
    biases: list[np.ndarray]
    channel: list[np.ndarray]
    seed: int = 0
    _generator: np.random.Generator = field(init=False)
    _set: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._generator = np.random.default_rng(self.seed)

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the activity of each layer, that of the input first."""
        activity, (f, _) = [x], UNITS[self.rule.units]
        for W, b in zip(self.weights, self.biases, strict=True):
            activity.append(f(activity[-1] @ W + b))
        total = activity[-2] @ self.weights[-1] + self.biases[-1]
        total -= total.max(axis=1, keepdims=True)
        activity[-1] = np.exp(total) / np.exp(total).sum(axis=1, keepdims=True)
        return activity

    def accuracy(self, x: np.ndarray, t: np.ndarray) -> float:
        """Return the share of examples whose class is found."""
        return float((self.forward(x)[-1].argmax(axis=1) == t).mean())

    def step(self, x: np.ndarray, t: np.ndarray, rate: float) -> None:
        """Learn from a batch."""
        self._set = int(self._generator.integers(self.rule.sets or 1))
        activity = self.forward(x)
        error = np.eye(activity[-1].shape[1])[t] - activity[-1]
        signals = self._signals(activity, error)
        for layer, R in enumerate(signals):
            if R is not None and layer not in self.rule.frozen:
                dW, db = self._changes(activity[layer], R, rate)
                self.weights[layer] += dW
                self.biases[layer] += db

    def _signals(self, activity: list[np.ndarray], error: np.ndarray) -> list[np.ndarray | None]:
        signals: list[np.ndarray | None] = [None] * len(self.weights)
        signals[-1] = error
        if self.rule.route == "none":
            return signals
        above, (_, derivative) = error, UNITS[self.rule.units]
        for layer in reversed(range(len(self.weights) - 1)):
            source = error if self.rule.route == "skip" else above
            J = source @ self.channel_of(layer)
            J = J if self.rule.received is None else self.rule.received(J)
            above = J * derivative(activity[layer + 1])
            signals[layer] = above
        return signals

    def channel_of(self, layer: int) -> np.ndarray:
        """Return the channel weights into a hidden layer for this batch."""
        mirror = self.weights[layer + 1].T
        if self.rule.tied:
            return mirror
        if not self.rule.redrawn:
            return self.channel[layer]
        deviation = float(np.sqrt(2 / sum(mirror.shape)))
        generator = self._generator
        if self.rule.sets:
            generator = np.random.default_rng((self.seed, layer, self._set))
        drawn = deviation * generator.standard_normal(mirror.shape)
        return drawn if self.rule.redrawn == "any" else np.abs(drawn) * np.sign(mirror)

    def _changes(
        self, below: np.ndarray, R: np.ndarray, rate: float
    ) -> tuple[np.ndarray, np.ndarray]:
        limit, n = self.rule.update, len(below)
        if limit is None:
            return rate * below.T @ R / n, rate * R.mean(axis=0)
        if not self.rule.per_example:
            return limit(rate * below.T @ R / n), limit(rate * R.mean(axis=0))
        dW = np.zeros((below.shape[1], R.shape[1]))
        for activity, signal in zip(below, R, strict=True):
            (active,) = np.nonzero(activity)  # what is 0 changes nothing
            dW[active] += limit(rate * np.outer(activity[active], signal))
        return dW / n, limit(rate * R).mean(axis=0)
