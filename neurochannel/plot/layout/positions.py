"""Where slots stand: as straight as the lines can be, without any overlap."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

import numpy as np

from neurochannel.model.edges import ERROR
from neurochannel.plot.layout.chains import Alignment, links_of_chains
from neurochannel.plot.layout.scene import Scene
from neurochannel.plot.layout.slots import LANE, SlotPlan, SlotRows, block_extents

ROUNDS, SWEEPS, STRAIGHTENINGS = 4, 40, 3
STILL = 1e-3
"""Inches by which nothing moves any more when a round ends early."""
HELD = 1e12
"""The weight of what others must make room for."""
BETWEEN_BLOCKS = 0.16
SPREAD = 0.17
"""Widest distance of lines that end at one side of a block."""


class Places:
    """Coordinates of slots and of the ends of lines, inches.

    Parameters
    ----------
    low, high
        Between which all slots stand across; infinite if there is room enough.
    """

    def __init__(
        self, scene: Scene, plan: SlotPlan, rows: SlotRows, low: float, high: float
    ) -> None:
        self.scene, self.plan, self.rows = scene, plan, rows
        self.low, self.high = low, high
        self.sizes = {n: block_extents(scene, plan, b) for n, b in scene.blocks.items()}
        self.joined: dict[tuple[int, int], int] = {
            (min(a, b), max(a, b)): number for a, b, number in rows.neighbors
        }
        self.steps = [self._steps(row) for row in rows.rows]
        self.far = [steps.tolist() for steps in self.steps]
        self.ends: list[list[tuple[int, int, int, int]]] = [[] for _ in rows.slots]
        for links in rows.links:
            for low_slot, high_slot, arrow, leg in links:
                self.ends[low_slot].append((1, high_slot, arrow, leg))
                self.ends[high_slot].append((-1, low_slot, arrow, leg))
        self.cross = np.zeros(len(rows.slots))
        self.extent = 0.0
        self.offsets: dict[tuple[int, int, int, int], float] = {}

    def need(self) -> float:
        """Return the inches that the fullest row takes across."""
        return max(self._extent(number) for number in range(len(self.rows.rows)))

    def _extent(self, number: int) -> float:
        row, slots = self.rows.rows[number], self.rows.slots
        if not row:
            return 0.0
        return float(self.steps[number][-1] + (slots[row[0]].cross + slots[row[-1]].cross) / 2)

    def _steps(self, row: list[int]) -> np.ndarray:
        """Return the least distances of the centers of a row's slots from the first."""
        out = np.zeros(len(row))
        for i, (a, b) in enumerate(pairwise(row), 1):
            first, second = self.rows.slots[a], self.rows.slots[b]
            gap = self._gap(a, b)
            out[i] = out[i - 1] + (first.cross + second.cross) / 2 + gap
        return out

    def _gap(self, a: int, b: int) -> float:
        number = self.joined.get((min(a, b), max(a, b)))
        if number is not None:
            label = self.plan.extents(*self.scene.arrows[number].label_size)[1]
            return (label + 0.26) if label else 0.3
        blocks = sum(self.rows.slots[n].arrow is None for n in (a, b))
        return (0.03, 0.06, BETWEEN_BLOCKS)[blocks]

    def settle(self) -> None:
        """Find the coordinates across, by least squares row by row."""
        for number, row in enumerate(self.rows.rows):
            if row:
                self.cross[row] = self.steps[number] - self.steps[number][-1] / 2
                if np.isfinite(self.low):
                    self.cross[row] += (self.low + self.high) / 2
        self._set_offsets()
        order = [number for number, row in enumerate(self.rows.rows) if row]
        for _ in range(ROUNDS):
            pulls = [self._pulls(slot) for slot in range(len(self.rows.slots))]
            self._sweep(order, pulls)
            self._set_offsets()
        held = self._align(order)
        for _ in range(STRAIGHTENINGS):
            for chain in self._chains():
                if held.isdisjoint(chain):
                    self._straighten(chain)
            self._set_offsets()
        self._center()

    def _sweep(
        self,
        order: list[int],
        pulls: list[tuple[float, float, list[tuple[int, float]]]],
        held: AbstractSet[int] = frozenset(),
    ) -> None:
        """Settle all rows by turns, upward and downward, until nothing moves."""
        at = self.cross.tolist()
        for sweep in range(SWEEPS):
            before = list(at)
            for number in order if sweep % 2 == 0 else order[::-1]:
                self._settle_row(number, pulls, at, held)
            if max(abs(a - b) for a, b in zip(at, before, strict=True)) < STILL:
                break
        self.cross = np.array(at)

    def _align(self, order: list[int]) -> set[int]:
        """Put chains of blocks on straight lines, push the rest aside; return what must stay."""
        slots = self.rows.slots
        anchors = np.array(
            [self.part(n, slot.name)[0] if slot.name else 0.0 for n, slot in enumerate(slots)]
        )
        halves = np.array([slot.cross / 2 for slot in slots])
        links = links_of_chains(self.scene, self.rows, self.plan.straight)
        alignment = Alignment(
            self.rows.rows, self.steps, halves, anchors, links, self.low, self.high
        )
        held = set()
        for group, line in zip(alignment.groups, alignment.lines(self.cross), strict=True):
            self.cross[group] = line - anchors[group]
            held |= set(group)
        for _ in range(ROUNDS):
            self._set_offsets()
            pulls = [self._pulls(slot) for slot in range(len(slots))]
            self._sweep(order, pulls, held)
        return held

    def _chains(self) -> list[list[int]]:
        """Return the slots that each line passes on its way, from below."""
        chains: dict[int, list[int]] = {}
        for number, slot in enumerate(self.rows.slots):
            if slot.arrow is not None and slot.arrow not in self.plan.turned:
                chains.setdefault(slot.arrow, []).append(number)
        for chain in chains.values():
            chain.sort(key=lambda number: self.rows.slots[number].row)
        return list(chains.values())

    def _straighten(self, chain: list[int]) -> None:
        """Put runs of a chain on straight lines, as long as what is next to them lets them."""
        start = 0
        limits = [self._limits(slot) for slot in chain]
        while start < len(chain):
            low, high = limits[start]
            end = start + 1
            while end < len(chain) and max(low, limits[end][0]) <= min(high, limits[end][1]):
                low, high = max(low, limits[end][0]), min(high, limits[end][1])
                end += 1
            at = float(np.mean(self.cross[chain[start:end]]))
            self.cross[chain[start:end]] = min(max(at, low), high)
            start = end

    def _limits(self, slot: int) -> tuple[float, float]:
        """Return how far a slot can move to either side while the others stay."""
        number = self.rows.slots[slot].row
        row, steps = self.rows.rows[number], self.steps[number]
        i, half = row.index(slot), self.rows.slots[slot].cross / 2
        low = self.low + half if i == 0 else self.cross[row[i - 1]] + steps[i] - steps[i - 1]
        high = self.high - half
        if i + 1 < len(row):
            high = self.cross[row[i + 1]] - steps[i + 1] + steps[i]
        return min(low, float(self.cross[slot])), max(high, float(self.cross[slot]))

    def _pulls(self, slot: int) -> tuple[float, float, list[tuple[int, float]]]:
        """Return what the lines want of a slot: total weight, fixed part, and parts by others."""
        total, fixed, parts = 0.0, 0.0, []
        for side, other, arrow, leg in self.ends[slot]:
            w = self._stiffness(slot, other, arrow)
            mine, theirs = (slot, side, arrow, leg), (other, -side, arrow, leg)
            total += w
            fixed += w * (self.offsets[theirs] - self.offsets[mine])
            parts.append((other, w))
        return total, fixed, parts

    def _settle_row(
        self,
        number: int,
        pulls: list[tuple[float, float, list[tuple[int, float]]]],
        at: list[float],
        held: AbstractSet[int],
    ) -> None:
        row, slots = self.rows.rows[number], self.rows.slots
        wanted, weight = [], []
        for slot in row:
            total, pull, parts = pulls[slot]
            for other, w in parts:
                pull += w * at[other]
            stays = slot in held or not total
            wanted.append(at[slot] if stays else pull / total)
            weight.append(HELD if slot in held else total or 1e-3)
        low, high = self.low + slots[row[0]].cross / 2, self.high - slots[row[-1]].cross / 2
        placed = apart(wanted, weight, self.far[number], low, high)
        for slot, place in zip(row, placed, strict=True):
            if slot not in held:
                at[slot] = place

    def _stiffness(self, slot: int, other: int, arrow: int) -> float:
        passing = sum(self.rows.slots[n].arrow is not None for n in (slot, other))
        if self.scene.arrows[arrow].kind == "forward":
            return 60.0
        return (1.0, 2.0, 8.0)[passing]

    def _set_offsets(self) -> None:
        """Deal the ends of lines out along the sides of blocks, in the order of where they go."""
        for slot, ends in enumerate(self.ends):
            place = self.rows.slots[slot]
            for side in (-1, 1):
                here = [end for end in ends if end[0] == side]
                if not here:
                    continue
                here.sort(
                    key=lambda end: (
                        round(float(self.cross[end[1]]), 3),
                        self.scene.arrows[end[2]].kind == "channel",
                        end[2],
                    )
                )
                if place.turn:
                    half = place.cross / 2 - LANE / 2
                    for end, offset in zip(here, (-half, half), strict=True):
                        self.offsets[slot, *(end[0], end[2], end[3])] = offset
                elif place.arrow is not None:
                    for end in here:
                        self.offsets[slot, *(end[0], end[2], end[3])] = 0.0
                else:
                    self._set_ports(slot, here)

    def _set_ports(self, slot: int, here: list[tuple[int, int, int, int]]) -> None:
        name = self.rows.slots[slot].name
        for part in (name, ERROR) if name == self.scene.output else (name,):
            if part not in self.scene.blocks:
                continue
            ends = [end for end in here if part in self._ends_of(end[2])]
            middle, cross = self.part(slot, part)
            center = (len(ends) - 1) / 2
            for number, end in enumerate(ends):
                if end[2] in self.plan.straight:
                    center = number
            most = max(center, len(ends) - 1 - center)
            pitch = min(SPREAD, (cross / 2 - 0.07) / max(most, 0.5))
            for number, end in enumerate(ends):
                offset = middle + (number - center) * pitch
                self.offsets[slot, end[0], end[2], end[3]] = offset

    def _ends_of(self, arrow: int) -> tuple[str, str]:
        return self.scene.arrows[arrow].source, self.scene.arrows[arrow].target

    def part(self, slot: int, name: str) -> tuple[float, float]:
        """Return where in its slot a block has its center across, and its extent there."""
        place = self.rows.slots[slot]
        cross = self.sizes[name][1]
        if place.name == name and (name != self.scene.output or ERROR not in self.scene.blocks):
            return 0.0, cross
        side = 1 if name == ERROR else -1
        return side * (place.cross - cross) / 2, cross

    def _center(self) -> None:
        """Move the whole to the middle of the room across, or to begin at 0."""
        half = np.array([slot.cross / 2 for slot in self.rows.slots])
        low, high = float((self.cross - half).min()), float((self.cross + half).max())
        middle = (self.low + self.high) / 2 if np.isfinite(self.low) else (high - low) / 2
        self.cross += middle - (low + high) / 2
        self.extent = high - low


def apart(
    wanted: Sequence[float],
    weight: Sequence[float],
    steps: Sequence[float],
    low: float,
    high: float,
) -> list[float]:
    """Return the positions nearest to the wanted ones that are as far apart as the steps say.

    Weighted least squares under these constraints, by pooling neighbors that are too close.
    """
    pools: list[tuple[float, float, int]] = []
    for value, step, total in zip(wanted, steps, weight, strict=True):
        mean, count = value - step, 1
        while pools and pools[-1][0] >= mean:
            other, other_total, n = pools.pop()
            mean = (mean * total + other * other_total) / (total + other_total)
            total, count = total + other_total, count + n
        pools.append((mean, total, count))
    room = max(high - steps[-1], low)
    placed = [min(max(mean, low), room) for mean, _, n in pools for _ in range(n)]
    return [start + step for start, step in zip(placed, steps, strict=True)]
