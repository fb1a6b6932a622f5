"""What is said of costs: one ledger in tables, several side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from neurochannel.model.problems import listed
from neurochannel.observe.ledger import Ledger
from neurochannel.observe.ledger.costs import BundleCost, PopulationCost
from neurochannel.reports.blocks import Document, Paragraph, Section, TableBlock

Column = tuple[str, Callable[[BundleCost], Any]]

_COMMON: tuple[Column, ...] = (
    ("edges", lambda row: row.wires),
    ("delivery", lambda row: row.multiply_adds),
    ("changes", lambda row: row.update_multiply_adds),
)
_MADE: tuple[Column, ...] = (
    ("products", lambda row: row.making_multiply_adds),
    ("draws", lambda row: row.draws),
    ("copies", lambda row: row.copies),
)
_SENT: tuple[Column, ...] = (
    ("messages", lambda row: row.messages),
    ("bits", lambda row: row.message_bits),
    ("bits sent", lambda row: row.bits_sent),
)
_LIMITED: tuple[Column, ...] = (
    ("arriving", lambda row: row.delivered if row.delivered != row.messages else 0),
    ("late", lambda row: row.late),
)
"""What is shown where anything is to be said."""
_SHARED: tuple[Column, ...] = (
    ("edges", lambda row: row.wires),
    ("parameters", lambda row: row.parameters),
    ("difference", lambda row: row.shared),
    ("comparisons", lambda row: row.comparisons),
    ("remembered bits", lambda row: row.remembered),
)
"""What is said of bundles whose wires share weights, and of pools."""
_KEPT: tuple[Column, ...] = (("bytes", lambda row: row.memory),)

QUANTITIES = {
    "forward_multiply_adds": "forward multiply-adds",
    "channel_multiply_adds": "channel multiply-adds",
    "update_multiply_adds": "multiply-adds of changes",
    "pulses": "pulses at devices",
    "making_multiply_adds": "products for channel weights",
    "draws": "draws of channel weights",
    "copies": "copies of weights or signs",
    "messages": "messages",
    "bits_sent": "bits sent",
    "bits_per_weight": "bits for each forward weight",
    "wires": "channel wires",
    "transported": "wires with weight transport",
    "shared": "wires that share a weight",
    "comparisons": "comparisons of pools",
    "steps": "steps to the deepest",
    "channel_parameters": "channel parameters",
    "channel_memory": "channel memory, bytes",
}
"""What the totals of a ledger are called where channels stand side by side."""

_MAY_BE_ABSENT = (
    "making_multiply_adds",
    "draws",
    "copies",
    "transported",
    "shared",
    "comparisons",
    "pulses",
)
LARGE = 1000
"""Fractions of numbers from here on are not shown."""


def ledger_document(ledger: Ledger) -> Document:
    """Return what a network and its channel cost."""
    return Document(f"Costs of {ledger.network}", tuple(ledger_sections(ledger)))


def comparison_document(ledgers: Mapping[str, Ledger]) -> Document:
    """Return what several channels of one network cost, side by side."""
    return Document("", (comparison_section(ledgers),) if ledgers else ())


def ledger_sections(ledger: Ledger) -> Iterator[Section]:
    """Yield costs by bundle, by population and in all."""
    yield from bundle_sections(ledger)
    yield totals_section(ledger)


def bundle_sections(ledger: Ledger) -> Iterator[Section]:
    """Yield costs by bundle and by population."""
    yield forward_section(ledger)
    yield from channel_sections(ledger)
    yield from shared_sections(ledger)
    yield from device_sections(ledger)
    yield populations_section(ledger)
    yield from neuron_sections(ledger)


def number(value: float | int | str | None) -> str:
    """Write a whole or large number with commas, any other in three digits, None as a dash."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= LARGE else f"{value:.3g}"


def _bundle_table(rows: Sequence[BundleCost], columns: Sequence[Column]) -> TableBlock:
    titles = ("bundle", "weights", *(title for title, _ in columns))
    cells = [(r.bundle, r.weights, *(number(value(r)) for _, value in columns)) for r in rows]
    return TableBlock(titles, cells, range(2, len(titles)), whole=(1,))


def forward_section(ledger: Ledger) -> Section:
    """Show the forward bundles: edges, multiply-adds for each example, bytes."""
    rows = [row for row in ledger.bundles if row.kind == "forward"]
    note = "multiply-adds of delivery and of changes for each example"
    limited = (*_SENT, *_LIMITED) if any(row.messages for row in rows) else ()
    shown = _told(rows, limited)
    return Section("Forward graph", (_bundle_table(rows, (*_COMMON, *shown, *_KEPT)),), note)


def _told(rows: Sequence[BundleCost], columns: Sequence[Column]) -> list[Column]:
    """Return the columns that say anything of these bundles."""
    return [column for column in columns if any(column[1](row) for row in rows)]


def channel_sections(ledger: Ledger) -> Iterator[Section]:
    """Show the channel's bundles: edges, work and traffic for each example, bytes."""
    title = "Learning channel"
    rows = [row for row in ledger.bundles if row.kind == "channel"]
    if not rows:
        yield Section(title, (), "none")
        return
    made, sent = _told(rows, _MADE), (*_SENT, *_told(rows, _LIMITED))
    work = "multiply-adds of delivery and of changes for each example"
    if not made:
        table = _bundle_table(rows, (*_COMMON, *sent, *_KEPT))
        yield Section(title, (table,), f"{work}, messages, bits of each message and of all")
        return
    making = f"work to make its weights for each update: {listed(title for title, _ in made)}"
    yield Section(title, (_bundle_table(rows, (*_COMMON, *made)),), f"{work}, {making}")
    traffic = "bits of each and of all, for each example"
    yield Section("Messages", (_bundle_table(rows, (*sent, *_KEPT)),), traffic)


def shared_sections(ledger: Ledger) -> Iterator[Section]:
    """Show how many wires share how many weights, and what pools do, where there is any of it."""
    rows = [row for row in ledger.bundles if row.shared or row.comparisons or row.remembered]
    if rows:
        note = "edges less parameters are values that something not local must keep equal"
        table = _bundle_table(rows, (*_SHARED[:3], *_told(rows, _SHARED[3:])))
        yield Section("Shared weights and pools", (table,), note)


def device_sections(ledger: Ledger) -> Iterator[Section]:
    """Show which weights are devices, their states, and the pulses that they get."""
    rows = [row for row in ledger.bundles if row.device]
    if rows:
        titles = ("bundle", "device", "states", "pulses", "devices that get any")
        cells = [
            (r.bundle, r.device, *(number(v) for v in (r.states or None, r.pulses, r.touched)))
            for r in rows
        ]
        note = f"pulses that a first batch asks for at a rate of {ledger.rate:g}, for each example"
        yield Section("Devices", (TableBlock(titles, cells, (2, 3, 4)),), note)


def neuron_sections(ledger: Ledger) -> Iterator[Section]:
    """Show limits of what populations receive, of their neurons, and of what they send."""
    rows = [row for row in ledger.populations if row.receive or row.neuron]
    if rows:
        titles = ("population", "bits of a sum", "bits of activity", "dead", "limits")
        cells = [
            (r.population, *map(number, (r.signal_bits, r.activity_bits, r.dead)), _limits(r))
            for r in rows
        ]
        note = "bits of each sum that arrives and of each activity that is sent, dead neurons"
        yield Section("Limits of neurons", (TableBlock(titles, cells, (1, 2, 3)),), note)


def _limits(row: PopulationCost) -> str:
    received = [f"receives {row.receive}"] if row.receive else []
    return "; ".join([*received, *([row.neuron] if row.neuron else [])])


def populations_section(ledger: Ledger) -> Section:
    """Show when each population can learn, and how many bits of error its weights share."""
    titles = ("population", "role", "can learn", "bits arriving", "weights", "bits per weight")
    rows = []
    for row in ledger.populations:
        if row.role == "input":
            continue
        when = "never" if row.steps is None else _after(row.steps)
        if row.role == "relay":
            when = f"carries, {when}"
        rows.append(
            (
                row.population,
                row.role,
                when,
                number(row.bits),
                number(row.weights),
                number(row.bits_per_weight),
            )
        )
    note = "bits of error that arrive for each example, and weights to share them"
    return Section("Populations", (TableBlock(titles, rows, (3, 4, 5), whole=(2,)),), note)


def _after(steps: int) -> str:
    if steps == 0:
        return "at once"
    return f"after {steps} step{'s' if steps > 1 else ''}"


def totals_section(ledger: Ledger) -> Section:
    """Show the sums of one ledger."""
    use = ledger.memory._asdict() | {"in all": ledger.memory.total}
    bytes_text = ", ".join(f"{name} {size:,}" for name, size in use.items())
    deepest = f" ({ledger.deepest})" if ledger.deepest else ""
    sums = ledger.totals()
    rows = [
        (f"{text}{deepest}" if name == "steps" else text, number(sums[name]))
        for name, text in QUANTITIES.items()
        if name not in _MAY_BE_ABSENT or sums[name]
    ]
    memory = Paragraph(f"Memory at batch size 1, bytes: {bytes_text}")
    return Section("In all, for each example", (TableBlock(("", ""), rows, (1,)), memory))


def comparison_section(ledgers: Mapping[str, Ledger]) -> Section:
    """Show ledgers of several channels side by side."""
    totals = {name: ledger.totals() for name, ledger in ledgers.items()}
    rows = [
        (text, *(number(sums[name]) for sums in totals.values()))
        for name, text in QUANTITIES.items()
        if name not in _MAY_BE_ABSENT or any(sums[name] for sums in totals.values())
    ]
    titles = ("for each example", *totals)
    table = TableBlock(titles, rows, range(1, len(titles)), parted=True)
    return Section("Side by side", (table,), "the same network with other channels")
