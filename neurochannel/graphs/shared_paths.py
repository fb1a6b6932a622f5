"""Bundles in the tables of a file: several on one path where they were so."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from neurochannel.graphs.neuron_tables import AnyEdges
from neurochannel.model.bundles import AnyBundle
from neurochannel.model.edge_paths import ARROW

Row = tuple[int, str, str, dict[str, Any]]


def tabled(kind: type[AnyEdges], bundles: Iterable[Row]) -> list[AnyEdges]:
    """Return descriptions of edges, those with a table's number first and in its order.

    Parameters
    ----------
    kind
        What to make of them.
    bundles
        Number of the table, or -1, the source, the target and the other fields. Bundles of one
        table become one path if they are alike and lie on one; if not, each has a table.
    """
    rows = list(bundles)
    made: list[AnyEdges] = []
    by_table: dict[int, list[Row]] = {}
    for row in rows:
        if row[0] >= 0:
            by_table.setdefault(row[0], []).append(row)
    for number in sorted(by_table):
        made += _joined(kind, by_table[number])
    return made + [_one(kind, row) for row in rows if row[0] < 0]


def table_of(bundle: AnyBundle) -> int:
    """Return the number of the table that a bundle comes from, 1 for ``forward[1]``."""
    return int(bundle.where[:-1].split("[")[1])


def _one(kind: type[AnyEdges], row: Row) -> AnyEdges:
    _, source, target, fields = row
    return kind(path=f"{source} {ARROW} {target}", **fields)


def _joined(kind: type[AnyEdges], rows: list[Row]) -> list[AnyEdges]:
    """Return one description on a path, or one for each arrow if they do not make one."""
    each = [_one(kind, row) for row in rows]
    if len(each) == 1:
        return each
    names = _walk([row[1:3] for row in rows])
    path = f" {ARROW} ".join(names)
    plain = all(part.edges is None and part.init.values is None for part in each)
    plain = plain and not any(isinstance(c, tuple) for p in each for c in p.attributes.values())
    if not plain or len(names) != len(rows) + 1:
        return each
    joined = [part.model_copy(update={"path": path}) for part in each]
    return joined[:1] if all(part == joined[0] for part in joined) else each


def _walk(arrows: list[tuple[str, str]]) -> list[str]:
    """Return the names on the walk along all arrows, or fewer if there is none."""
    after = dict(arrows)
    starts = [source for source, _ in arrows if source not in {target for _, target in arrows}]
    names = starts[:1]
    while names and names[-1] in after and len(names) <= len(arrows):
        names.append(after[names[-1]])
    return names if set(pairwise(names)) == set(arrows) else []
