"""What is said of the points of a study, and of tables of outcomes."""

from __future__ import annotations

from neurochannel.model.network import Network
from neurochannel.report.blocks import Document, Paragraph, Section
from neurochannel.report.blocks import Table as Grid
from neurochannel.report.networks import network_document
from neurochannel.study.columns import as_text, kind_of
from neurochannel.study.points import Point
from neurochannel.study.table import SHOWN, Table

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
    training = Section("", (Grid(("", ""), options),))
    sections = (training, Section("", (Paragraph(network.title),)), *network.sections)
    return Document(f"Point {point.id}", sections)


def table_document(table: Table) -> Document:
    """Return a table of outcomes, a long one without its middle."""
    n_rows, columns = len(table), list(table.columns)
    places = list(range(n_rows))
    long = n_rows > 2 * SHOWN
    if long:
        places = [*places[:SHOWN], *places[-SHOWN:]]
    shown = [[_word(value) for value in table[name][places].tolist()] for name in columns]
    rows = [list(row) for row in zip(*shown, strict=True)]
    if long:
        rows.insert(SHOWN, ["..."] * len(columns))
    numbers = [n for n, name in enumerate(columns) if kind_of(table[name]) in ("float", "int")]
    size = f"{n_rows:,} {'row' if n_rows == 1 else 'rows'}"
    return Document("", (Section("", (Grid(columns, rows, numbers), Paragraph(size))),))


def _word(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else as_text(value)
