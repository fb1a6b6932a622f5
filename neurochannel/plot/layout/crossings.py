"""The order of slots across each row: few crossings, neighbors next to each other."""

from __future__ import annotations

from neurochannel.plot.layout.slots import SlotRows

SWEEPS = 8
APART = 4.0
"""What it costs, in crossings, that blocks joined within a row are not neighbors."""


class Ordering:
    """Improves the order of the slots of each row.

    Barycenters first, then exchanges of neighbors (Sugiyama, Tagawa & Toda 1981), from the order
    in which forward lines come first and those of the channel last.
    """

    def __init__(self, rows: SlotRows, error_side: set[int]) -> None:
        self.rows = rows
        self.error_side = error_side
        n = len(rows.slots)
        self.below: list[list[int]] = [[] for _ in range(n)]
        self.above: list[list[int]] = [[] for _ in range(n)]
        for links in rows.links:
            for low, high, _, _ in links:
                self.above[low].append(high)
                self.below[high].append(low)
        self.partners: list[list[tuple[int, int]]] = [[] for _ in range(n)]
        for source, target, number in rows.neighbors:
            wanted = 1 if number in error_side else 0
            self.partners[source].append((target, wanted))
            self.partners[target].append((source, -wanted))
        self.place = [0] * n
        for row in rows.rows:
            self._count(row)

    def improve(self) -> None:
        """Reorder the rows in place, keeping the best order met."""
        best, order = self.cost(), [list(row) for row in self.rows.rows]
        for sweep in range(SWEEPS):
            upward = sweep % 2 == 0
            if sweep:
                self._barycenters(upward)
            self._exchange()
            cost = self.cost()
            if cost < best:
                best, order = cost, [list(row) for row in self.rows.rows]
        self.rows.rows[:] = order
        for row in order:
            self._count(row)

    def cost(self) -> float:
        """Return the number of crossings, and what is not next to its partner."""
        total = 0.0
        for links in self.rows.links:
            ends = sorted((self.place[low], self.place[high]) for low, high, _, _ in links)
            for number, (low, high) in enumerate(ends):
                total += sum(high > other for first, other in ends[number + 1 :] if first > low)
        return total + sum(self._apart(slot) for slot in range(len(self.rows.slots))) / 2

    def _apart(self, slot: int) -> float:
        cost = 0.0
        for other, wanted in self.partners[slot]:
            gap = self.place[other] - self.place[slot]
            cost += APART * (abs(gap - wanted) if wanted else abs(gap) - 1)
        return cost

    def _count(self, row: list[int]) -> None:
        for place, slot in enumerate(row):
            self.place[slot] = place

    def _barycenters(self, upward: bool) -> None:
        near = self.below if upward else self.above
        rows = self.rows.rows if upward else self.rows.rows[::-1]
        for row in rows:
            n = max(len(row), 1)

            def center(slot: int, n: int = n) -> float:
                others = near[slot]
                if not others:
                    return (self.place[slot] + 0.5) / n
                parts = [self._share(other) for other in others]
                return sum(parts) / len(parts)

            row.sort(key=center)
            self._count(row)

    def _share(self, slot: int) -> float:
        size = len(self.rows.rows[self.rows.slots[slot].row])
        return (self.place[slot] + 0.5) / size

    def _exchange(self) -> None:
        better = True
        rounds = 0
        while better and rounds < 30:
            better, rounds = False, rounds + 1
            for row in self.rows.rows:
                for i in range(len(row) - 1):
                    if self._gain(row[i], row[i + 1]) > 1e-9:
                        row[i], row[i + 1] = row[i + 1], row[i]
                        self.place[row[i]], self.place[row[i + 1]] = i, i + 1
                        better = True

    def _gain(self, left: int, right: int) -> float:
        """Return what exchanging two neighbors saves."""
        saved = 0.0
        for near in (self.below, self.above):
            for a in near[left]:
                for b in near[right]:
                    saved += (self.place[a] > self.place[b]) - (self.place[a] < self.place[b])
        if not (self.partners[left] or self.partners[right]):
            return saved
        row = self.rows.rows[self.rows.slots[left].row]
        before = sum(map(self._apart, row))
        self.place[left], self.place[right] = self.place[right], self.place[left]
        after = sum(map(self._apart, row))
        self.place[left], self.place[right] = self.place[right], self.place[left]
        return saved + (before - after) / 2


def strays(rows: SlotRows, error_side: set[int]) -> set[int]:
    """Return arrows within a row whose ends are not neighbors."""
    place = {slot: number for row in rows.rows for number, slot in enumerate(row)}
    out = set()
    for source, target, number in rows.neighbors:
        gap = place[target] - place[source]
        if gap != 1 and (number in error_side or gap != -1):
            out.add(number)
    return out
