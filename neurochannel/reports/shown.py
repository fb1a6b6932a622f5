"""Which report belongs to which kind of value, found by name so that nothing is loaded early."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from neurochannel.reports.blocks import Document
from neurochannel.reports.text import text_of_document

WRITERS = {
    ("neurochannel.model.network", "Network"): ("network_summary", "network_document"),
    ("neurochannel.observe.ledger", "Ledger"): ("ledgers", "ledger_document"),
    ("neurochannel.observe.ledger", "Comparison"): ("ledgers", "comparison_document"),
    ("neurochannel.reports.inspection_report", "Inspection"): (
        "inspection_report",
        "inspection_document",
    ),
    ("neurochannel.study.plan", "Plan"): ("studies", "plan_document"),
    ("neurochannel.study.points", "Point"): ("studies", "point_document"),
}
"""Module and function of this room by module and name of a class."""


def document_of(value: object) -> Document:
    """Return the report on a value of a kind that has one."""
    for kind in type(value).__mro__:
        if found := WRITERS.get((kind.__module__, kind.__name__)):
            module, function = found
            write = getattr(import_module(f"neurochannel.reports.{module}"), function)
            return cast(Document, write(value))
    raise TypeError(f"there is no report on {type(value).__name__}")


def text_of(value: object) -> str:
    """Return the report on a value as text."""
    return text_of_document(document_of(value))
