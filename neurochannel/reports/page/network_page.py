"""The page of a network: both graphs, costs next to other channels, locality, lint, self-test."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from neurochannel.errors import NetworkError
from neurochannel.model.network import Network
from neurochannel.model.recipe_names import channel_from_text
from neurochannel.observe.ledger import Ledger
from neurochannel.reports.blocks import (
    Block,
    Code,
    Document,
    Paragraph,
    Section,
    TableBlock,
    Widget,
)
from neurochannel.reports.inspection_report import (
    OWN,
    Inspection,
    findings_sections,
    locality_section,
    self_test_section,
    title_of,
)
from neurochannel.reports.ledgers import QUANTITIES, bundle_sections, comparison_section
from neurochannel.reports.page.edge_facts import edge_facts
from neurochannel.reports.page.head import (
    citing_section,
    head_section,
    here_rows,
    network_fingerprint,
)
from neurochannel.reports.page.svg_drawing import drawing_of, why_not_drawn
from neurochannel.storage.listed import described

OTHERS = ("bp", "rbp", "srbp")
"""Channels that each network's own is held against."""
LONGEST = 100_000
"""Letters of a description that are shown."""
MOST_ROWS = 400
BARS = ("channel_multiply_adds", "bits_sent", "wires", "transported", "channel_memory", "steps")
"""What is drawn of the ledgers."""


def those_that_fit(network: Network) -> list[str]:
    """Return the names of other channels that this network can have."""
    found = []
    for name in OTHERS:
        with suppress(NetworkError):
            network.with_channel(channel_from_text(name))
            found.append(name)
    return found


def network_document(inspection: Inspection, source: str, out: str) -> Document:
    """Return the page of a network.

    Parameters
    ----------
    source, out
        What was named, empty for a value of Python, and the file of the page.
    """
    network = inspection.network
    command = ["neurochannel", "report", source, "-o", out]
    head = head_section(
        [
            ("what", title_of(network)),
            *here_rows(),
            ("fingerprint", f"{network_fingerprint(network)} (of the description, sizes included)"),
        ],
        shlex.join(command) if source else "",
    )
    sections = (head, *network_sections(inspection), citing_section())
    return Document(network.name, sections)


def network_sections(
    inspection: Inspection, rms: Mapping[str, float] | None = None
) -> Iterator[Section]:
    """Yield what can be said of a network without training it.

    Parameters
    ----------
    rms
        Root mean square of the weights of a run by "forward: a -> b" and "channel: a -> b".
    """
    network = inspection.network
    yield graph_section(inspection, rms)
    findings = [block for part in findings_sections(inspection) for block in part.blocks]
    yield Section("Lint", findings, "mistakes, and choices that may not be meant")
    yield costs_section(inspection)
    yield from map(_cut, bundle_sections(inspection.ledger))
    yield _cut(locality_section(inspection))
    if inspection.checks:
        yield self_test_section(inspection)
    yield description_section(network)


def description_section(network: Network) -> Section:
    """Show the file of a network, unless it lists too many edges to be read."""
    text, lists = described(network)
    note = "the network as TOML"
    if lists:
        n = sum(array.size for array in lists.values())
        note += f", without its lists of {n:,} numbers"
    if len(text) <= LONGEST:
        return Section("Description", (Code(text),), note)
    size = f"{len(text):,} letters, the first {LONGEST:,} of them"
    return Section("Description", (Code(text[:LONGEST]),), f"{note}, {size}")


def _cut(section: Section) -> Section:
    """Return a section whose tables are no longer than a page can hold."""
    blocks: list[Block] = []
    for block in section.blocks:
        if isinstance(block, TableBlock) and len(block.rows) > MOST_ROWS:
            rest = (
                f"... and {len(block.rows) - MOST_ROWS:,} more rows; 'neurochannel inspect' has all"
            )
            blocks += [replace(block, rows=block.rows[:MOST_ROWS]), Paragraph(rest)]
        else:
            blocks.append(block)
    return replace(section, blocks=blocks)


def graph_section(
    inspection: Inspection, rms: Mapping[str, float] | None = None, name: str = "drawing"
) -> Section:
    """Show both graphs in one drawing."""
    network = inspection.network
    if too_large := why_not_drawn(network):
        return Section("Network", (too_large,))
    facts = edge_facts(network, inspection.ledger, inspection.locality, rms)
    return Section("Network", (drawing_of(network, facts, rms, name),))


def costs_section(inspection: Inspection) -> Section:
    """Show the ledger next to those of other channels, as bars and as a table."""
    ledgers = {OWN: inspection.ledger, **inspection.others}
    table = comparison_section(ledgers)
    return Section("Costs", (cost_bars(ledgers), *table.blocks), "for each example; " + table.note)


def cost_bars(ledgers: Mapping[str, Ledger], *, hued: bool = False) -> Widget:
    """Draw the sums of ledgers side by side, `hued` in the colors of their curves."""
    totals = {name: ledger.totals() for name, ledger in ledgers.items()}
    panels = [
        {"title": QUANTITIES[name], "values": [sums[name] or 0 for sums in totals.values()]}
        for name in BARS
    ]
    data = {"title": "What channels cost", "names": list(totals), "panels": panels, "hued": hued}
    return Widget("bars", "costs", "Costs of several channels as bars", data)
