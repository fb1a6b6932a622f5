"""The slow twin of devices: plain NumPy, float64, from the equations; nothing of the package.

A bundle is a list of edges (source, receiver) in the order of storage; biases have one source whose
activity is 1. Devices that several edges share are moved by the sum of their changes. Devices move
one pulse at a time.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests import bulk
from tests.philox import normal, uniform

Array = NDArray[Any]
Fields = dict[str, Any]
NEUTRAL: Fields = {
    "model": "linear",
    "step": None,
    "step_spread": 0.0,
    "lognormal": False,
    "asymmetry": 0.0,
    "asymmetry_spread": 0.0,
    "bounds": (-np.inf, np.inf),
    "bounds_spread": 0.0,
    "soft": 0.0,
    "soft_spread": 0.0,
    "soft_bound": "own",
    "pulses": "example",
    "pulses_at_most": 31,
    "update_management": True,
    "cycle_noise": 0.0,
    "cycle": "step",
    "bits": None,
    "range": None,
    "stuck": 0.0,
    "stuck_range": None,
    "write_noise": 0.0,
    "leak": None,
    "rest": 0.0,
    "leak_spread": 0.0,
    "drift": 0.0,
    "t0": 1.0,
    "drift_spread": 0.0,
    "reference": 0.0,
    "reference_spread": 0.0,
    "read_noise": 0.0,
    "read": "absolute",
}


class Edges(NamedTuple):
    """Sources and receivers of a bundle of m x n neurons, and its key.

    numbers, n: which of n devices each edge has, where some have several edges or none.
    """

    sources: Array
    receivers: Array
    key: str
    numbers: Array | None = None
    n: int = 0

    def repeated(self, times: int, shape: tuple[int, int]) -> Edges:
        """The edges of so many bundles of m x n neurons, side by side, that share devices."""
        if times <= 1:
            return self
        offsets = np.repeat(np.arange(times), len(self.sources))
        s, r, numbers = (
            np.tile(part, times)
            for part in (self.sources, self.receivers, np.arange(len(self.sources)))
        )
        ends = s + offsets * shape[0], r + offsets * shape[1]
        return Edges(*ends, self.key, numbers, len(self.sources))

    def summed(self, each: Array) -> Array:
        """What the edges of each device sum up to."""
        if self.numbers is None:
            return each
        return np.bincount(self.numbers, each, self.n)


def both(value: Any) -> tuple[float, float]:
    return tuple(value) if isinstance(value, list | tuple) else (value, value)


OPPOSITE = "opposite "


def devices_of(fields: Fields, edges: Edges, chip_seed: int) -> Devices | Pairs:
    """The devices of a bundle, single ones or pairs."""
    return (Pairs if fields.get("pair") else Devices)(fields, edges, chip_seed)


class Devices:
    """The devices of a bundle, drawn from the seed of the chip.

    side: 1 and -1 for those of pairs, which grow by pulses up and by pulses down; they hold what is
    at least 0.
    """

    def __init__(self, fields: Fields, edges: Edges, chip_seed: int, side: int = 0) -> None:
        f = self.f = {**NEUTRAL, **fields}
        self.side = side
        n = self.n = len(edges.sources) if edges.numbers is None else edges.n
        self.edges, self.index = edges, np.arange(n)

        def z(what: str) -> Array:
            return normal(chip_seed, f"chip:{what}:{edges.key}", 0, self.index)

        gain = np.exp(f["step_spread"] * z("step"))
        if not f["lognormal"]:
            gain = 1 + f["step_spread"] * z("step")
        r, u = f["asymmetry_spread"] * z("asymmetry"), f["asymmetry"]
        self.size = f["step"] or 1.0
        self.up = self.size * np.abs(gain + min(u, 0) + r)
        self.down = self.size * np.abs(gain - max(u, 0) - r)
        low, high = f["bounds"]
        of_low, of_high = both(f["bounds_spread"])
        if np.isfinite(high):
            low = -np.abs(low * (1 + of_low * z("lower bound")))
            high = np.abs(high * (1 + of_high * z("upper bound")))
        self.low, self.high = np.broadcast_to(low, n), np.broadcast_to(high, n)
        g_up, g_down = both(f["soft"])
        self.g_up = g_up * (1 + f["soft_spread"] * z("soft up"))
        self.g_down = g_down * (1 + f["soft_spread"] * z("soft down"))
        own = f["soft_bound"] == "own"
        self.to_high = self.high if own else np.full(n, f["bounds"][1])
        self.to_low = self.low if own else np.full(n, f["bounds"][0])
        if side:
            self.to_low = np.full(n, -np.inf)
        self.zero = f["reference"] + f["reference_spread"] * z("reference")
        self.exponent = np.maximum(f["drift"] * (1 + f["drift_spread"] * z("drift")), 0)
        self.time = np.inf
        if f["leak"] is not None:
            self.time = np.maximum(f["leak"] * (1 + f["leak_spread"] * z("leak")), 1e-30)
        a, b = f["stuck_range"] or f["bounds"]
        self.stuck = np.zeros(n, bool)
        if f["stuck"]:
            self.stuck = uniform(chip_seed, f"chip:stuck:{edges.key}", 0, self.index) < f["stuck"]
            at = a + (b - a) * uniform(chip_seed, f"chip:stuck at:{edges.key}", 0, self.index)
            self.stuck_at = np.clip(at, self.low, self.high)

    def start(self, w: Array, seed: int) -> None:
        """Store weights that are wanted."""
        w = np.clip(w + self.zero, self.low, self.high)
        self.w = np.where(self.stuck, self.stuck_at, w) if self.f["stuck"] else w
        self.age = np.zeros(self.n)
        self.error = self.errors(bulk.key(seed, f"write start:{self.edges.key}", 0))

    def errors(self, key: int) -> Array:
        return self.f["write_noise"] * bulk.normal(key, self.index).astype(float)

    def step(
        self, x: Array, d: Array, rate: float, seed: int, update: int, begun: Array | None = None
    ) -> None:
        """One step of all devices; x (B, m) are activities and d (B, n) signals.

        begun: what they are written as before it.
        """
        begun = self.w if begun is None else begun
        w, key = self.change(begun, x, d, rate, seed, update), self.edges.key
        moved = np.abs(w - self.w) > (self.f["step"] or 0) / 1000
        error = self.errors(bulk.key(seed, f"write:{key}", update))
        self.error = np.where(moved, error, self.error)
        self.age = np.where(moved, 0, self.age + len(x))
        rest, left = self.f["rest"], np.exp(-len(x) / self.time)
        self.w = np.where(self.stuck, w, rest + (w - rest) * left)

    def steps(self, w: Array) -> tuple[Array, Array]:
        """The sizes of a step up and of a step down at w."""
        f = self.f
        if f["model"] == "power":
            p, q = both(f["exponent"])
            wide = self.high - self.low
            up = self.up * ((self.high - w) / wide) ** p
            down = self.down * ((w - self.low) / wide) ** q
        elif f["model"] == "exponential":
            z = 2 * f["slope"] * w / (self.high - self.low) + f["offset"]
            (a_up, a_down), (y_up, y_down) = both(f["amplitude"]), both(f["growth"])
            up = self.up * np.maximum(1 - a_up * np.exp(y_up * z), 0)
            down = self.down * np.maximum(1 - a_down * np.exp(-y_down * z), 0)
        else:
            up = self.up * (1 - self.g_up * (w / self.to_high if self.f["soft"] else 0))
            down = self.down * (1 - self.g_down * (w / self.to_low if self.f["soft"] else 0))
        return np.where(self.stuck, 0, up), np.where(self.stuck, 0, down)

    def clip(self, w: Array) -> Array:
        return np.clip(w, self.low, self.high)

    def pulsed(self, w: Array, counts: Array, key: int) -> Array:
        """w after counts of pulses, negative ones downward; key of the noise."""
        f, n = self.f, np.abs(counts)
        varies = f["model"] != "linear" or f["soft"] != 0
        for k in range(int(n.max(initial=0)) if varies else 1):
            many = np.ones(self.n) if varies else n
            up, down = self.steps(w)
            step, first = np.where(counts > 0, up, down), np.where(counts > 0, self.up, self.down)
            z = bulk.normal(bulk.block_key(key, k), self.index).astype(float)
            scale = step if f["cycle"] == "step" else np.where(self.stuck, 0, first)
            moved = np.sign(counts) * many * step
            # What makes weights smaller has its noise with the sign that it has in the weight.
            noise = np.sign(counts) if varies else np.sqrt(many) * (-1 if self.side < 0 else 1)
            moved = moved + noise * f["cycle_noise"] * scale * z
            w = np.where(n > k, self.clip(w + moved), w)
        return w

    def change(self, w: Array, x: Array, d: Array, rate: float, seed: int, update: int) -> Array:
        """The stored weights after a step; x (B, m) are activities and d (B, n) signals."""
        f, (s, r, key, *_) = self.f, self.edges
        lines = f"pulse:{key.removeprefix(OPPOSITE)}"
        stream = bulk.key(seed, lines, update), bulk.key(seed, f"cycle:{key}", update)
        if f["step"] is not None and f["pulses"] == "example":
            for b in range(len(x)):
                counts = self.coincidences(x[b], d[b], rate / len(x), bulk.block_key(stream[0], b))
                w = self.pulsed(w, self.of_side(counts), bulk.block_key(stream[1], b))
            return w
        asked = rate * self.edges.summed((x[:, s] * d[:, r]).mean(axis=0))
        if f["step"] is None:
            asked = self.of_side(asked)
            up, down = self.steps(w)
            return self.clip(w + asked * np.where(asked > 0, up, down))
        counts = np.rint(asked / f["step"])
        if f["pulses"] == "batch":
            unit = bulk.unit24(bulk.word(stream[0], self.index))
            counts = np.sign(asked) * np.floor(np.abs(asked) / f["step"] + unit)
        return self.pulsed(w, self.of_side(counts), stream[1])

    def of_side(self, counts: Array) -> Array:
        """What of changes moves these devices."""
        return np.maximum(self.side * counts, 0) if self.side else counts

    def coincidences(self, x: Array, d: Array, rate: float, key: int) -> Array:
        """How often both lines of each device have a pulse, with the sign of the change."""
        f, (s, r, *_) = self.f, self.edges
        top_x, top_d = np.abs(x).max(), np.abs(d).max()
        if top_x == 0 or top_d == 0:
            return np.zeros(self.n)
        most, gain = f["pulses_at_most"], rate / f["step"]
        length, of_x, of_d = most, np.sqrt(gain / most), np.sqrt(gain / most)
        if f["update_management"]:
            k = gain * top_x * top_d
            length = min(int(np.ceil(k)), most)
            to = top_d * min(1.0, most / k)
            of_x = np.sqrt(gain / length) * np.sqrt(to / top_x)
            of_d = np.sqrt(gain / length) * np.sqrt(top_x / to)
        fires = []
        for side, (line, factor) in enumerate(((x, of_x), (d, of_d))):
            slots = [
                bulk.unit24(bulk.word(bulk.block_key(key, 32 * side + slot), np.arange(len(line))))
                < factor * np.abs(line)
                for slot in range(length)
            ]
            fires.append(np.array(slots))
        both_fire = (fires[0][:, s] & fires[1][:, r]).sum(axis=0)
        return self.edges.summed(both_fire * np.sign(x[s] * d[r]))

    @property
    def kept(self) -> Array:
        """What is left of the stored weights, as part of the weight."""
        w = self.w * np.maximum(self.age / self.f["t0"], 1) ** -self.exponent
        return (-w if self.side < 0 else w) - self.zero + self.error

    @property
    def shown(self) -> Array:
        """What is read of the stored weights."""
        return rounded(self.f, self.kept)


def rounded(f: Fields, w: Array) -> Array:
    if f["bits"] is None:
        return w
    most = f["range"] or max(map(abs, f["bounds"]))
    levels = 2 ** (f["bits"] - 1) - 1
    return np.rint(np.clip(w / most * levels, -levels, levels)) / levels * most


class Synapses(NamedTuple):
    """The devices of a network by the key of their weights, and how weights are read, by reader."""

    made: Mapping[str, Devices | Pairs] = MappingProxyType({})
    readers: Mapping[str, Fields] = MappingProxyType({})

    def seen(self, reader: str, w: Array, seed: int, step: int, lane: str = "") -> Array:
        """What a reader sees of weights (n,) in a step: in levels of its own, with noise."""
        if reader not in self.readers:
            return w
        f = {**NEUTRAL, **self.readers[reader]}
        w = rounded(f, w)
        z = bulk.normal(bulk.key(seed, f"{lane}read:{reader}", step), np.arange(len(w)))
        size = np.abs(w) if f["read"] == "relative" else 1.0
        return w + f["read_noise"] * size * z.astype(float)

    def moved(self, key: str, x: Array, d: Array, rate: float, seed: int, step: int) -> Array:
        """How what is shown of devices changes in a step, (n,)."""
        one = copy.deepcopy(self.made[key])
        one.step(x, d, rate, seed, step)
        return one.shown - self.made[key].shown


class Pairs:
    """Pairs of devices: one grows by pulses up, one by pulses down, W is their difference."""

    def __init__(self, fields: Fields, edges: Edges, chip_seed: int) -> None:
        self.f = {**NEUTRAL, **fields}
        other = edges._replace(key=OPPOSITE + edges.key)
        self.sides = Devices(fields, edges, chip_seed, 1), Devices(fields, other, chip_seed, -1)

    def start(self, w: Array, seed: int) -> None:
        for one in self.sides:
            one.start(np.maximum(one.side * w, 0), seed)

    def step(self, x: Array, d: Array, rate: float, seed: int, update: int) -> None:
        every, shown = self.f.get("refresh"), self.shown
        for one in self.sides:
            begun = one.w
            if every and update and update % every == 0:
                again = one.clip(np.maximum(one.side * shown, 0))
                begun = np.where(one.stuck, one.w, again)
            one.step(x, d, rate, seed, update, begun)

    @property
    def shown(self) -> Array:
        return rounded(self.f, self.sides[0].kept + self.sides[1].kept)
