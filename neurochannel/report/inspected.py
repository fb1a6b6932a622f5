"""What is said of an inspected network: mistakes, costs, locality and the self-test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurochannel.errors import NeurochannelError
from neurochannel.model.network import Network
from neurochannel.model.problems import listed
from neurochannel.observe.locality import RATE
from neurochannel.report.blocks import (
    Block,
    Document,
    Item,
    Items,
    Paragraph,
    Picture,
    Section,
    Table,
)
from neurochannel.report.ledgers import comparison_section, ledger_sections

if TYPE_CHECKING:
    from neurochannel.report.inspect import Inspection

WIDTH = 7.0
"""Of the drawing, inches."""
OWN = "as given"
"""What the network's own channel is called beside others."""


def inspection_document(inspection: Inspection, *, drawn: bool = False) -> Document:
    """Return all sections of a report in order."""
    return Document(_title(inspection.network), tuple(_sections(inspection, drawn)))


def _sections(inspection: Inspection, drawn: bool) -> Iterator[Section]:
    if drawn and (picture := _picture(inspection.network)):
        yield Section("", (picture,))
    yield from _findings(inspection)
    yield from ledger_sections(inspection.ledger)
    if inspection.others:
        yield comparison_section({OWN: inspection.ledger, **inspection.others})
    yield _locality(inspection)
    if inspection.checks:
        yield _self_test(inspection)


def _title(network: Network) -> str:
    sizes = [f"{name} {network.size(name):,}" for name in network.forward_order]
    relays = [f"{name} {network.size(name):,}" for name in network.relays]
    beside = f"; in the channel only: {listed(relays)}" if relays else ""
    return f"{network.name}: {listed(sizes)}{beside}"


def _picture(network: Network) -> Picture | None:
    """Draw the network, unless it is too large to be drawn."""
    from neurochannel.plot.drawing import network as draw
    from neurochannel.plot.files import figure_bytes

    try:
        return Picture(figure_bytes(draw(network, width=WIDTH), ".svg"), "The network")
    except NeurochannelError:
        return None


def _findings(inspection: Inspection) -> Iterator[Section]:
    """List errors and warnings apart."""
    if not inspection.findings:
        yield Section("", (Paragraph("No mistakes were found."),))
    for look, findings in (("error", inspection.errors), ("warning", inspection.warnings)):
        if findings:
            n = len(findings)
            items = [Item(finding.text, finding.level) for finding in findings]
            yield Section(f"{n} {look}{'s' if n > 1 else ''}", (Items(items),))


def _locality(inspection: Inspection) -> Section:
    """Show what each rule reads and where that sits; the rate is left out, a constant."""
    rows: list[tuple[str, ...]] = []
    marked, notes = [], []
    for rule in inspection.locality:
        name = f"{rule.kind} {rule.bundle}"
        reads = [variable for variable in rule.reads if variable != RATE]
        if not rule.local:
            marked.append(len(rows))
        for n, variable in enumerate(reads):
            rows.append(
                (*((name, "yes" if rule.local else "NO") if n == 0 else ("", "")), *variable)
            )
        if not reads:
            rows.append((name, "yes", "nothing", ""))
        if rule.note:
            notes.append(Item(name, detail=rule.note))
    table = Table(("rule", "local", "reads", "held by"), rows, whole=(1,), marked=marked)
    blocks: tuple[Block, ...] = (table, Items(notes)) if notes else (table,)
    return Section("Locality", blocks, "what each rule reads, and where that sits")


def _self_test(inspection: Inspection) -> Section:
    failed = len(inspection.failures)
    passed = len(inspection.checks) - failed
    items = [
        Item(check.name, "passed" if check.passed else "failed", check.detail)
        for check in inspection.checks
    ]
    note = f"{passed} passed" + (f", {failed} FAILED" if failed else "")
    return Section("Self-test", (Items(items),), note)
