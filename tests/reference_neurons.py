"""The part of the slow twin that knows what neurons do otherwise than ideal ones.

    S' = gain * convert(S) - threshold          what reaches f
    O  = 0 if dead, else convert(f(S') * (1 + r z1) + a z2)
    R  = 0 if dead, or in examples for which the clock does not tick

gain = 1 + g xi, threshold = t xi and who is dead are functions of the chip's seed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests import bulk, philox
from tests.reference_numbers import Array, activity

LANES = {"activity": "neuron", "score": "score"}
"""What the draws of noise are named after, by those of activity on its way."""


class Neuron(NamedTuple):
    """How neurons of a population differ from ideal ones."""

    input_range: float | None = None
    input_bits: int | None = None
    gain_spread: float = 0.0
    threshold_spread: float = 0.0
    relative_noise: float = 0.0
    noise: float = 0.0
    range: float | None = None
    bits: int | None = None
    dead: float = 0.0
    clock: float = 1.0
    derivative: str = "measured"


IDEAL = Neuron()


def convert(x: Array, size: float | None, bits: int | None, least: float = -1.0) -> Array:
    """Clip to [least * size, size], and round to levels of which one is 0."""
    if size is None and bits is None:
        return x
    a = 1.0 if size is None else size
    x = np.clip(x, least * a, a)
    if bits is None:
        return x
    M = 2 ** (bits - 1) - 1 if least else 2**bits - 1
    return a / M * np.rint(M * x / a)


def spread(chip: int, name: str, n: int) -> Array:
    """Standard normal numbers, one for each neuron of this chip."""
    return philox.normal(chip, f"chip:{name}", 0, np.arange(n))


def alive(neuron: Neuron, chip: int, h: str, n: int) -> NDArray[np.bool_]:
    """All neurons but round(dead * n), those with the least luck."""
    luck = philox.uniform(chip, f"chip:dead:{h}", 0, np.arange(n))
    rank = np.argsort(np.argsort(luck, kind="stable"), kind="stable")
    return rank >= int(np.floor(neuron.dead * n + 0.5))


def reached(neuron: Neuron, chip: int, h: str, S: Array) -> Array:
    """What reaches f."""
    n = S.shape[1]
    S = convert(S, neuron.input_range, neuron.input_bits)
    gain = 1 + neuron.gain_spread * spread(chip, f"gain:{h}", n)
    return gain * S - neuron.threshold_spread * spread(chip, f"threshold:{h}", n)


def normals(seed: int, stream: str, step: int, shape: tuple[int, ...]) -> Array:
    key = bulk.key(seed, stream, step)
    return bulk.normal(key, np.arange(np.prod(shape))).astype(float).reshape(shape)


def emitted(
    neuron: Neuron, f: str, h: str, S: Array, where: tuple[int, int, int], lane: str
) -> Array:
    """O of neurons that S reaches; `where` is chip, seed and step."""
    (chip, seed, step), O, name = where, activity(f, S), f"{LANES[lane]}:{h}"  # noqa: E741
    O = O * (1 + neuron.relative_noise * normals(seed, f"{name} scale_noise", step, O.shape))  # noqa: E741
    O = O + neuron.noise * normals(seed, f"{name} add_noise", step, O.shape)  # noqa: E741
    least = 0.0 if f in ("relu", "logistic", "softmax") else -1.0
    return convert(O, neuron.range, neuron.bits, least) * alive(neuron, chip, h, O.shape[1])


def ticks(neuron: Neuron, h: str, n: int, seed: int, step: int) -> NDArray[np.bool_]:
    """For which of n examples the population learns, (n, 1)."""
    key = bulk.key(seed, f"neuron:{h} draw_clock", step)
    luck = bulk.unit24(bulk.word(key, np.arange(n)))
    return (luck < np.float64(neuron.clock))[:, None]
