"""The order across each row has no more crossings than the one that it begins with."""

from itertools import combinations

import numpy as np
import pytest

from neurochannel.plot.layout.crossings import Ordering
from neurochannel.plot.layout.slots import Slot, SlotRows


def random_rows(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 6, size=rng.integers(2, 5))
    rows = SlotRows(rows=[[] for _ in sizes], links=[[] for _ in sizes[1:]])
    numbers = [[rows.add(Slot(row, 0.1, 0.1)) for _ in range(n)] for row, n in enumerate(sizes)]
    arrow = 0
    for gap in range(len(sizes) - 1):
        for low in numbers[gap]:
            for high in numbers[gap + 1]:
                if rng.random() < 0.4:
                    rows.links[gap].append((low, high, arrow, 0))
                    arrow += 1
    return rows


def crossings(rows):
    """Pairs of links between the same rows whose ends lie the other way round."""
    at = {slot: place for row in rows.rows for place, slot in enumerate(row)}
    return sum(
        (at[a] - at[c]) * (at[b] - at[d]) < 0
        for links in rows.links
        for (a, b, *_), (c, d, *_) in combinations(links, 2)
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_order_has_no_more_crossings_than_at_first(seed):
    rows = random_rows(seed)
    before, members = crossings(rows), [sorted(row) for row in rows.rows]
    Ordering(rows, set()).improve()
    assert crossings(rows) <= before
    assert [sorted(row) for row in rows.rows] == members


def test_the_order_has_far_fewer_crossings_on_the_whole():
    before = after = 0
    for seed in range(60):
        rows = random_rows(seed)
        before += crossings(rows)
        Ordering(rows, set()).improve()
        after += crossings(rows)
    assert after < 0.6 * before


def test_lines_that_need_not_cross_do_not():
    rows = SlotRows(rows=[[], []], links=[[]])
    low = [rows.add(Slot(0, 0.1, 0.1)) for _ in range(4)]
    high = [rows.add(Slot(1, 0.1, 0.1)) for _ in range(4)]
    rows.links[0] += [(a, b, n, 0) for n, (a, b) in enumerate(zip(low, high[::-1], strict=True))]
    assert crossings(rows) == 6
    Ordering(rows, set()).improve()
    assert crossings(rows) == 0
