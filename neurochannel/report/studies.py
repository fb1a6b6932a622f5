"""What is said of the points of a study."""

from __future__ import annotations

from neurochannel.model.network import Network
from neurochannel.report.blocks import Document, Paragraph, Section, TableBlock
from neurochannel.report.network_summary import network_document
from neurochannel.study.frames import as_text
from neurochannel.study.points import Point

LEFT_OUT = ("network", "fingerprint")


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
