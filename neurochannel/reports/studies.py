"""What is said of the points of a study."""

from __future__ import annotations

from neurochannel.model.network import Network
from neurochannel.reports.blocks import Document, Paragraph, Section, TableBlock
from neurochannel.reports.network_summary import network_document
from neurochannel.study.frames import as_text
from neurochannel.study.plan import Plan
from neurochannel.study.points import Point

LEFT_OUT = ("network", "fingerprint")
ENDS = 10
"""Points that are shown of the beginning and of the end of a long plan."""


def point_document(point: Point) -> Document:
    """Return the training that a point is, and its network."""
    network = network_document(Network.from_text(point.network))
    options = [
        (name, as_text(getattr(point, name)) or "none")
        for name in point.__dataclass_fields__
        if name not in (*LEFT_OUT, "record")
    ]
    options.append(("record", ", ".join(point.record) or "nothing"))
    training = Section("", (TableBlock(("", ""), options),))
    sections = (training, Section("", (Paragraph(network.title),)), *network.sections)
    return Document(f"Point {point.id}", sections)


def plan_document(plan: Plan) -> Document:
    """Return the points of a study and their labels on its axes; the middle of many is left out."""
    rows = [
        (entry.point.id, str(entry.point.seed), *(as_text(label) for label in entry.labels))
        for entry in plan
    ]
    if len(rows) > 2 * ENDS + 1:
        rows = [*rows[:ENDS], ("...", *[""] * (1 + len(plan.columns))), *rows[-ENDS:]]
    size = f"{len(plan)} points of {plan.n_networks} networks"
    blocks = (TableBlock(("id", "seed", *plan.columns), rows), Paragraph(size))
    return Document(f"Study '{plan.study.name}'", (Section("", blocks),))
