"""Rows of populations: by depth in the forward graph, relays next to those that they serve."""

from __future__ import annotations

from fractions import Fraction

from neurochannel.model.edges import ERROR
from neurochannel.plot.layout.scene import Scene


def rows_of(scene: Scene, most: int | None = None) -> list[list[str]]:
    """Return names row by row, input first; `error` is left out, it belongs to the output.

    Parameters
    ----------
    most
        How many blocks a row may hold; wider rows are cut into several.
    """
    depth = forward_depths(scene)
    depth |= _relay_depths(scene, depth)
    names = [name for name in scene.blocks if name != ERROR]
    rows = [[name for name in names if depth[name] == row] for row in sorted(set(depth.values()))]
    if most is None:
        return rows
    return [row[start : start + most] for row in rows for start in range(0, len(row), most)]


def forward_depths(scene: Scene) -> dict[str, Fraction]:
    """Return the length of the longest forward path to each population; the output is deepest."""
    heard, fed = _neighbors(scene, "forward")
    depth: dict[str, Fraction] = {}
    for name in scene.forward_order:
        depth[name] = max((depth[source] + 1 for source in heard[name]), default=Fraction(0))
    for name in scene.forward_order:
        if not heard[name]:
            # The input, and constant neurons, which stand right below what they feed.
            depth[name] = min((depth[target] for target in fed[name]), default=Fraction(1)) - 1
    depth[scene.input] = Fraction(0)
    depth[scene.output] = max(depth.values())
    return depth


def _neighbors(scene: Scene, kind: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the sources and the targets of each population by edges of a kind."""
    sources: dict[str, list[str]] = {name: [] for name in scene.blocks}
    targets: dict[str, list[str]] = {name: [] for name in scene.blocks}
    for arrow in scene.arrows:
        if arrow.kind == kind:
            sources[arrow.target].append(arrow.source)
            targets[arrow.source].append(arrow.target)
    return sources, targets


def _relay_depths(scene: Scene, depth: dict[str, Fraction]) -> dict[str, Fraction]:
    """Return the rows of relays: that of the highest population served, or one above a relay."""
    top = max(depth.values())
    _, served = _neighbors(scene, "channel")
    found: dict[str, Fraction] = {}
    for name in reversed(scene.channel_order):
        if name not in depth:
            rows = [depth[n] if n in depth else found[n] + 1 for n in served[name]]
            found[name] = max(rows, default=top - Fraction(1, 2))
    above = sorted({row for row in found.values() if row >= top})
    squeezed = {
        row: top - 1 + Fraction(number + 1, len(above) + 1) for number, row in enumerate(above)
    }
    return {name: squeezed.get(row, row) for name, row in found.items()}
