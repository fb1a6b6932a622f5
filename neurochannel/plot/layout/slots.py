"""A drawing as rows of slots: blocks, labels, and room for the lines that pass between them.

Rows are stacked along the axis of depth; slots of a row stand side by side across it. A line is
a chain of slots in neighboring rows, so that between two rows there are lines only and lines meet
neither blocks nor labels of others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from neurochannel.model.edges import ERROR
from neurochannel.plot.layout.scene import Arrow, Block, Scene

LANE = 0.085
"""Room across for a line that passes, inches."""
PORT = 0.1
"""Least distance of lines that end at one side of a block."""
LINK = 0.16
"""Between the output and its error."""


@dataclass
class Slot:
    """A place in a row: of a block, of a label, or of a line that passes.

    Parameters
    ----------
    depth, cross
        Extents along and across the axis of depth, inches.
    arrow
        Number of the arrow that passes here; None for a block.
    turn
        Whether the line comes back to the row that it came from.
    """

    row: int
    depth: float
    cross: float
    name: str = ""
    arrow: int | None = None
    labeled: bool = False
    turn: bool = False


@dataclass
class SlotRows:
    """Slots in rows, and the links between them that the lines follow.

    Parameters
    ----------
    rows
        Numbers of slots, in order across.
    links
        For each gap between rows: (slot below, slot above, arrow, leg). A line that turns has two
        legs, 0 at its source and 1 at its target.
    neighbors
        Arrows between blocks of one row that are neighbors: (source, target, arrow).
    home
        The slot of each block; `error` is in that of the output.
    """

    slots: list[Slot] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    links: list[list[tuple[int, int, int, int]]] = field(default_factory=list)
    neighbors: list[tuple[int, int, int]] = field(default_factory=list)
    home: dict[str, int] = field(default_factory=dict)

    def add(self, slot: Slot) -> int:
        """Add a slot at the end of its row and return its number."""
        self.slots.append(slot)
        self.rows[slot.row].append(len(self.slots) - 1)
        return len(self.slots) - 1


@dataclass(frozen=True)
class SlotPlan:
    """In which row of blocks each name stands, and how lines go round.

    Parameters
    ----------
    layers
        Names row by row, `error` left out.
    across
        Whether depth runs from left to right, so that texts lie along it.
    turned
        Arrows within a row that cannot be straight.
    room
        Inches across that labels of a row may fill together.
    straight
        Arrows that keep the middle of the blocks that they join.
    """

    layers: list[list[str]]
    across: bool
    turned: frozenset[int]
    room: float
    straight: frozenset[int] = frozenset()

    def extents(self, width: float, height: float) -> tuple[float, float]:
        """Return extents along and across the axis of depth."""
        return (width, height) if self.across else (height, width)


def rows_for(scene: Scene, plan: SlotPlan) -> SlotRows:
    """Return the slots of a drawing, in an order to begin with."""
    level = {name: row for row, names in enumerate(plan.layers) for name in names}
    level[ERROR] = level[scene.output]
    spans = [(level[arrow.source], level[arrow.target]) for arrow in scene.arrows]
    gaps = _label_gaps(scene, spans, plan)
    lines, at = _label_rows(scene, spans, gaps, plan)
    base, row = [], 0
    for number in range(-1, len(plan.layers)):
        if number >= 0:
            base.append(row)
            row += 1
        row += lines[number]
    # Rows of labels of gap g follow the row of blocks g; gap -1 is below the first.
    out = SlotRows(rows=[[] for _ in range(row)], links=[[] for _ in range(row - 1)])
    start = {-1: 0} | {number: base[number] + 1 for number in range(len(base))}
    _add_passing(out, scene, spans, plan, base, at, start, "forward")
    for name, number in level.items():
        if name != ERROR:
            out.home[name] = out.add(_block_slot(scene, plan, name, base[number]))
    out.home[ERROR] = out.home[scene.output]
    _add_passing(out, scene, spans, plan, base, at, start, "channel")
    _link(out, scene, spans, plan)
    return out


def _label_gaps(scene: Scene, spans: list[tuple[int, int]], plan: SlotPlan) -> dict[int, int]:
    """Choose between which rows of blocks each label stands: the emptiest, near the target."""
    chosen: dict[int, int] = {}
    load: dict[int, float] = {}
    for number in sorted(range(len(spans)), key=lambda n: (abs(spans[n][0] - spans[n][1]), n)):
        source, target = spans[number]
        size = plan.extents(*scene.arrows[number].label_size)[1]
        if number in plan.turned:
            gap = source - 1
        elif source == target or not size:
            continue
        else:
            ways = list(range(min(source, target), max(source, target)))
            if target < source:
                ways.reverse()
            gap = min(reversed(ways), key=lambda g: load.get(g, 0.0))
        chosen[number] = gap
        load[gap] = load.get(gap, 0.0) + size + LANE
    return chosen


def _label_rows(
    scene: Scene, spans: list[tuple[int, int]], gaps: dict[int, int], plan: SlotPlan
) -> tuple[dict[int, int], dict[int, int]]:
    """Return how many rows of labels each gap has, and which of them each label takes."""
    lines: dict[int, int] = {}
    at: dict[int, int] = {}
    for gap in range(-1, len(plan.layers)):
        here = [number for number, chosen in gaps.items() if chosen == gap]
        passing = sum(min(span) <= gap < max(span) for span in spans)
        sizes = {n: slot_cross(scene.arrows[n], plan, n in plan.turned) for n in here}
        count = 1 if here else 0
        while count < len(here):
            at |= _shared(sizes, count)
            filled = [sum(sizes[n] + LANE for n in here if at[n] == line) for line in range(count)]
            if max(filled) + passing * LANE <= plan.room:
                break
            count += 1
        at |= _shared(sizes, count)
        lines[gap] = count
    return lines, at


def _shared(sizes: dict[int, float], count: int) -> dict[int, int]:
    """Deal labels out to rows, the widest first, each to the emptiest row."""
    filled = [0.0] * count
    at = {}
    for number in sorted(sizes, key=lambda n: -sizes[n]):
        line = min(range(count), key=lambda k: filled[k])
        at[number] = line
        filled[line] += sizes[number] + LANE
    return at


def slot_cross(arrow: Arrow, plan: SlotPlan, turn: bool) -> float:
    """Return the room across that the label of an arrow takes."""
    cross = plan.extents(*arrow.label_size)[1]
    return max(cross, LANE) + (0.24 if turn else 0.0)


def _add_passing(
    out: SlotRows,
    scene: Scene,
    spans: list[tuple[int, int]],
    plan: SlotPlan,
    base: list[int],
    at: dict[int, int],
    start: dict[int, int],
    kind: str,
) -> None:
    """Add a slot for each arrow of a kind to each row that it passes or where its label is."""
    gaps = _label_gaps(scene, spans, plan)
    for number, arrow in enumerate(scene.arrows):
        if arrow.kind != kind:
            continue
        low, high = sorted(spans[number])
        turn = number in plan.turned
        place = start[gaps[number]] + at[number] if number in gaps else None
        depth = plan.extents(*arrow.label_size)[0] if arrow.label else 0.0
        cross = slot_cross(arrow, plan, turn)
        if turn and place is not None:
            # Between the turn and its block the legs pass the other rows of labels.
            out.add(Slot(place, max(depth, 0.1), cross, "", number, bool(arrow.label), True))
            for row in range(place + 1, base[low]):
                for _ in range(2):
                    out.add(Slot(row, 0.0, LANE, "", number))
        elif low != high:
            for row in range(base[low] + 1, base[high]):
                here = row == place
                size = (depth, cross) if here else (0.0, LANE)
                out.add(Slot(row, *size, "", number, here))


def _block_slot(scene: Scene, plan: SlotPlan, name: str, row: int) -> Slot:
    depth, cross = block_extents(scene, plan, scene.blocks[name])
    if name == scene.output and ERROR in scene.blocks:
        error = block_extents(scene, plan, scene.blocks[ERROR])
        depth, cross = max(depth, error[0]), cross + LINK + error[1]
    return Slot(row, depth, cross, name)


def block_extents(scene: Scene, plan: SlotPlan, block: Block) -> tuple[float, float]:
    """Return the extents of a block, wide enough for the lines that end at each side."""
    depth, cross = plan.extents(block.width, block.height)
    level = {name: row for row, names in enumerate(plan.layers) for name in names}
    level[ERROR] = level[scene.output]
    ends, sides = {1: 0, -1: 0}, {1: 1, -1: 1}
    for number, arrow in enumerate(scene.arrows):
        if block.name in (arrow.source, arrow.target):
            other = arrow.target if block.name == arrow.source else arrow.source
            up = level[other] > level[block.name]
            down = level[other] < level[block.name] or number in plan.turned
            ends[1] += up
            ends[-1] += down
            if number in plan.straight:
                # All others may have to end on the same half.
                sides[1 if up else -1] = 2
    return depth, max(cross, *((ends[s] - 1) * sides[s] * PORT + 0.16 for s in (1, -1)))


def _link(out: SlotRows, scene: Scene, spans: list[tuple[int, int]], plan: SlotPlan) -> None:
    """Join the slots of each arrow, row by row."""
    passed: dict[int, list[int]] = {}
    for number, slot in enumerate(out.slots):
        if slot.arrow is not None:
            passed.setdefault(slot.arrow, []).append(number)
    for number, arrow in enumerate(scene.arrows):
        ends = out.home[arrow.source], out.home[arrow.target]
        chain = sorted(passed.get(number, []), key=lambda n: out.slots[n].row)
        if number in plan.turned:
            turn, legs = chain[0], chain[1:]
            for leg in (0, 1):
                way = [turn, *legs[leg::2], ends[leg]]
                for low, high in pairwise(way):
                    out.links[out.slots[low].row].append((low, high, number, leg))
        elif spans[number][0] == spans[number][1]:
            out.neighbors.append((*ends, number))
        else:
            ends = ends if spans[number][0] < spans[number][1] else (ends[1], ends[0])
            way = [ends[0], *chain, ends[1]]
            for low, high in pairwise(way):
                out.links[out.slots[low].row].append((low, high, number, 0))
