"""Shares of the weights of a bundle: who changes which rows, where several threads do it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurochannel.engine.memory import Span

UNIT = 16
"""Rows that stay together if there are enough: what kernels take at a time, and a cache line."""


class RowRange(NamedTuple):
    """n rows, or elements of what has no rows, from number `first` on."""

    first: int
    n: int

    def of(self, span: Span) -> Span:
        """Return the place of these rows of a bundle."""
        return span.rows(self.first, self.n)


class Share(NamedTuple):
    """One share of several; together they are everything, and no two overlap."""

    part: int
    parts: int

    def _ends(self, n: int) -> tuple[int, int]:
        unit = UNIT if n >= UNIT * self.parts else 1
        first, stop = (
            min(n, -(-n * i // (self.parts * unit)) * unit) for i in (self.part, self.part + 1)
        )
        return first, stop

    def of(self, n: int) -> RowRange:
        """Return the share of n rows."""
        first, stop = self._ends(n)
        return RowRange(first, stop - first)

    def of_sources(self, start: np.ndarray) -> tuple[RowRange, RowRange]:
        """Return the shares of sources and of edges, all edges of a source being together.

        Parameters
        ----------
        start
            Edges start[s] .. start[s + 1] leave source s.
        """
        edges, n_source = int(start[-1]), len(start) - 1
        ends = [edges * i // self.parts for i in (self.part, self.part + 1)]
        first, stop = (int(s) for s in np.searchsorted(start, ends))
        first = 0 if self.part == 0 else first
        stop = n_source if self.part + 1 == self.parts else stop
        begin = int(start[first])
        return RowRange(first, stop - first), RowRange(begin, int(start[stop]) - begin)


WHOLE = Share(0, 1)
"""Everything."""
