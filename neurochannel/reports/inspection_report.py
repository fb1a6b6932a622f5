"""What inspecting a network has brought to light, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from neurochannel.errors import NeurochannelError
from neurochannel.model.neighborhood import check_depth, located, part_of, populations_near
from neurochannel.model.network import Network
from neurochannel.model.problems import listed
from neurochannel.observe.ledger import Ledger
from neurochannel.observe.lint import Finding
from neurochannel.observe.locality import RATE, Locality
from neurochannel.observe.selftest import Check
from neurochannel.reports.blocks import (
    Block,
    Document,
    Item,
    Items,
    Paragraph,
    Picture,
    Section,
    TableBlock,
)
from neurochannel.reports.html import html_page
from neurochannel.reports.ledgers import bundle_sections, comparison_section, totals_section
from neurochannel.reports.network_summary import few
from neurochannel.reports.shortened import shortened
from neurochannel.reports.text import text_of_document

WIDTH = 7.0
"""Of the drawing, inches."""
OWN = "as given"
"""What the network's own channel is called next to others."""


@dataclass(frozen=True)
class Inspection:
    """What inspecting a network has brought to light; printed, it is a report to read.

    Parameters
    ----------
    network
        The network, all sizes filled in.
    findings
        Mistakes and suspicious choices, errors first.
    ledger
        What the network and its channel cost.
    locality
        What each learning rule reads, and where that sits.
    checks
        Outcomes of the self-test; empty if it was left out.
    others
        Ledgers of the same network with other channels, by name.
    center
        What a part of a network was chosen around; None for all of it.
    """

    network: Network
    findings: tuple[Finding, ...]
    ledger: Ledger
    locality: tuple[Locality, ...]
    checks: tuple[Check, ...]
    others: Mapping[str, Ledger] = field(default_factory=dict)
    center: str | None = None

    def around(self, name: str | int, depth: int = 1) -> Inspection:
        """Return what is said of the populations within `depth` edges of one, and between them.

        Findings stay those of the whole; its sums and memory are left out. A neuron stands for
        its population. See `neurochannel.plot.network` for what is near.

        Raises
        ------
        OptionError
            If there is no population or neuron with the name, or the depth cannot be.
        """
        check_depth(depth)
        center, _ = located(self.network, name)
        part = part_of(self.network, populations_near(self.network, center, depth))
        inside = {bundle.name for bundle in part.forward_bundles} | {*part.populations}
        inside |= {bundle.name for bundle in part.channel_bundles}
        costs = replace(
            self.ledger,
            bundles=tuple(row for row in self.ledger.bundles if row.bundle in inside),
            populations=tuple(r for r in self.ledger.populations if r.population in inside),
        )
        return replace(
            self,
            network=part,
            ledger=costs,
            locality=tuple(row for row in self.locality if row.bundle in inside),
            checks=tuple(c for c in self.checks if c.name.partition(": ")[0] in inside),
            others={},
            center=center,
        )

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the network from doing what anybody could want."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that may be meant as they are."""
        return tuple(finding for finding in self.findings if finding.level == "warning")

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks of the self-test that failed."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def bundles(self) -> list[dict[str, Any]]:
        """Kind, name, weights and number of edges of each bundle."""
        return [
            {"kind": row.kind, "bundle": row.bundle, "weights": row.weights, "edges": row.wires}
            for row in self.ledger.bundles
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, texts, lists and dicts."""
        costs = self.ledger.to_dict()
        if self.center is not None:
            costs = {key: costs[key] for key in ("network", "bundles", "populations")}
        return {
            "network": self.network.name,
            "bundles": self.bundles,
            "findings": [finding._asdict() for finding in self.findings],
            "ledger": costs,
            "others": {name: other.to_dict() for name, other in self.others.items()},
            "locality": [
                row._asdict() | {"reads": [variable._asdict() for variable in row.reads]}
                for row in self.locality
            ],
            "self_test": [check._asdict() for check in self.checks],
        }

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, *, full: bool = False) -> str:
        """Return the report to read.

        Unless `full`, of tables of more than 40 rows the first 12 are shown, and of more than 40
        findings one for each cause, with how many more there are.
        """
        document = self.document()
        return text_of_document(document if full else shortened(document))

    def document(self, *, drawn: bool = False) -> Document:
        """Return the report as sections; `drawn` adds a drawing of the network."""
        return inspection_document(self, drawn=drawn)

    def to_html(self) -> str:
        """Return the report as one HTML page that needs nothing else."""
        return html_page(self.document(drawn=True))


def inspection_document(inspection: Inspection, *, drawn: bool = False) -> Document:
    """Return all sections of a report in order."""
    return Document(title_of(inspection.network), tuple(_sections(inspection, drawn)))


def _sections(inspection: Inspection, drawn: bool) -> Iterator[Section]:
    if drawn and (picture := _picture(inspection.network)):
        yield Section("", (picture,))
    yield from findings_sections(inspection)
    yield from bundle_sections(inspection.ledger)
    if inspection.center is None:
        yield totals_section(inspection.ledger)
    if inspection.others:
        yield comparison_section({OWN: inspection.ledger, **inspection.others})
    yield locality_section(inspection)
    if inspection.checks:
        yield self_test_section(inspection)


def title_of(network: Network) -> str:
    """Name a network and its populations with their sizes."""
    sizes = few([f"{name} {network.size(name):,}" for name in network.forward_order])
    relays = few([f"{name} {network.size(name):,}" for name in network.relays])
    aside = f"; in the channel only: {listed(relays)}" if relays else ""
    return f"{network.name}: {listed(sizes)}{aside}"


def _picture(network: Network) -> Picture | None:
    """Draw the network, unless it is too large to be drawn."""
    from neurochannel.plot.drawing import network as draw
    from neurochannel.plot.figure_files import figure_bytes

    try:
        return Picture(figure_bytes(draw(network, width=WIDTH), ".svg"), "The network")
    except NeurochannelError:
        return None


def findings_sections(inspection: Inspection) -> Iterator[Section]:
    """List errors and warnings apart."""
    if not inspection.findings:
        yield Section("", (Paragraph("No mistakes were found."),))
    for look, findings in (("error", inspection.errors), ("warning", inspection.warnings)):
        if findings:
            n = len(findings)
            items = [Item(one.text, one.level, cause=one.cause) for one in findings]
            yield Section(f"{n:,} {look}{'s' if n > 1 else ''}", (Items(items),))


def locality_section(inspection: Inspection) -> Section:
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
    table = TableBlock(("rule", "local", "reads", "held by"), rows, whole=(1,), marked=marked)
    blocks: tuple[Block, ...] = (table, Items(notes)) if notes else (table,)
    return Section("Locality", blocks, "what each rule reads, and where that sits")


def self_test_section(inspection: Inspection) -> Section:
    """List what was tried, and whether it passed."""
    failed = len(inspection.failures)
    passed = len(inspection.checks) - failed
    items = [
        Item(check.name, "passed" if check.passed else "failed", check.detail)
        for check in inspection.checks
    ]
    note = f"{passed} passed" + (f", {failed} FAILED" if failed else "")
    return Section("Self-test", (Items(items),), note)
