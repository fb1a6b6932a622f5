"""Chains of populations that stand on one straight line, with their forward arrows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from neurochannel.plot.layout.depth_rows import forward_depths
from neurochannel.plot.layout.scene import Arrow, Scene
from neurochannel.plot.layout.slots import SlotRows

MOST_ENDS = 6
"""Lines on one side of a block, up to which one of them keeps the middle of that side."""


def chain_arrows(scene: Scene) -> frozenset[int]:
    """Return the forward arrows that join a chain: each end is the only nearest one of the other.

    Nearest is measured in rows, so that a chain with skips is still a chain, and branches are not.
    """
    depth = forward_depths(scene)

    def span(arrow: Arrow) -> float:
        return float(depth[arrow.target] - depth[arrow.source])

    forward = {n: arrow for n, arrow in enumerate(scene.arrows) if arrow.kind == "forward"}
    ends = Counter(end for arrow in scene.arrows for end in (arrow.source, arrow.target))
    chosen = set()
    for number, arrow in forward.items():
        rivals = [
            span(other)
            for n, other in forward.items()
            if n != number and (other.source == arrow.source or other.target == arrow.target)
        ]
        few = max(ends[arrow.source], ends[arrow.target]) <= 2 * MOST_ENDS
        if few and span(arrow) > 0 and all(span(arrow) < rival for rival in rivals):
            chosen.add(number)
    return frozenset(chosen)


def links_of_chains(scene: Scene, rows: SlotRows, straight: frozenset[int]) -> list[list[int]]:
    """Return for each straight arrow the slots that it joins and passes."""
    links = []
    for number in sorted(straight):
        arrow = scene.arrows[number]
        passed = [n for n, slot in enumerate(rows.slots) if slot.arrow == number]
        links.append([rows.home[arrow.source], *passed, rows.home[arrow.target]])
    return links


class Alignment:
    """Positions of groups of slots, each on one line, that leave room for all other slots.

    Parameters
    ----------
    rows, steps
        Slots row by row, and the least distances of their centers from the first of the row.
    halves, anchors
        Half the extent of each slot, and how far the line of its group lies from its center.
    links
        Slots that share a line. Links that have slots in common make one group; one that would
        leave no room for the others is left out.
    low, high
        Between which all slots stand.
    """

    def __init__(
        self,
        rows: Sequence[list[int]],
        steps: Sequence[np.ndarray],
        halves: np.ndarray,
        anchors: np.ndarray,
        links: Sequence[list[int]],
        low: float,
        high: float,
    ) -> None:
        self.rows, self.steps, self.halves, self.anchors = rows, steps, halves, anchors
        self.high = high
        self.groups: list[list[int]] = []
        start = low if np.isfinite(low) else 0.0
        room = high - low if np.isfinite(high) else np.inf
        self.least = halves + start
        for link in links:
            met = [group for group in self.groups if not set(group).isdisjoint(link)]
            merged = sorted(set(link).union(*met))
            groups = [*(group for group in self.groups if group not in met), merged]
            trial = self._pushed(halves + start, groups)
            if trial is not None and float((trial + halves).max()) - start <= room + 1e-9:
                self.groups, self.least = groups, trial

    def _pushed(self, least: np.ndarray, groups: list[list[int]]) -> np.ndarray | None:
        return _pushed(least, self.rows, self.steps, self.anchors, groups)

    def lines(self, cross: np.ndarray) -> list[float]:
        """Return where the line of each group lies, near the mean of its slots in `cross`."""
        if not self.groups:
            return []
        most = self._most()
        least = self.least if np.isfinite(self.high) else np.full(len(cross), -np.inf)
        wanted = [float(np.mean(cross[g] + self.anchors[g])) for g in self.groups]
        first = [float(self.least[g[0]] + self.anchors[g[0]]) for g in self.groups]
        lines = [0.0] * len(self.groups)
        for number in sorted(range(len(lines)), key=lambda n: first[n]):
            group = self.groups[number]
            anchors = self.anchors[group]
            line = max(wanted[number], float((least[group] + anchors).max()))
            lines[number] = min(line, float((most[group] + anchors).min()))
            least = least.copy()
            least[group] = lines[number] - anchors
            pushed = self._pushed(least, self.groups)
            least = least if pushed is None else pushed
        return lines

    def _most(self) -> np.ndarray:
        """Return the greatest positions that distances and groups allow."""
        if not np.isfinite(self.high):
            return np.full(len(self.halves), np.inf)
        rows = [row[::-1] for row in self.rows]
        steps = [each[-1:] - each[::-1] for each in self.steps]
        found = _pushed(self.halves - self.high, rows, steps, -self.anchors, self.groups)
        return np.full(len(self.halves), np.inf) if found is None else -found


def _pushed(
    least: np.ndarray,
    rows: Sequence[list[int]],
    steps: Sequence[np.ndarray],
    anchors: np.ndarray,
    groups: list[list[int]],
) -> np.ndarray | None:
    """Return the least positions that distances and groups allow; None if there are none."""
    at = least.copy()
    for _ in range(len(groups) + 2):
        before = at.copy()
        for row, far in zip(rows, steps, strict=True):
            if row:
                at[row] = np.maximum.accumulate(at[row] - far) + far
        for group in groups:
            at[group] = (at[group] + anchors[group]).max() - anchors[group]
        # -inf stays -inf where there is no limit.
        if np.allclose(at, before, rtol=0, atol=1e-12):
            return at
    return None
