"""The sections of an inspection's report, each a text with tables no wider than a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from neurochannel.model.problems import listed
from neurochannel.observe.ledger import Ledger
from neurochannel.observe.ledger.costs import BundleCost
from neurochannel.observe.locality import RATE
from neurochannel.observe.text import WIDTH, paragraph, table_text

if TYPE_CHECKING:
    from neurochannel.observe.report import Inspection

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
_KEPT: tuple[Column, ...] = (("bytes", lambda row: row.memory),)

QUANTITIES = {
    "forward_multiply_adds": "forward multiply-adds",
    "channel_multiply_adds": "channel multiply-adds",
    "update_multiply_adds": "multiply-adds of changes",
    "making_multiply_adds": "products for channel weights",
    "draws": "draws of channel weights",
    "copies": "copies of weights or signs",
    "messages": "messages",
    "bits_sent": "bits sent",
    "bits_per_weight": "bits for each forward weight",
    "wires": "channel wires",
    "transported": "wires with weight transport",
    "steps": "steps to the deepest",
    "channel_parameters": "channel parameters",
    "channel_memory": "channel memory, bytes",
}
"""What the totals of a ledger are called where channels stand side by side."""

OWN = "as given"
"""What the network's own channel is called beside others."""

_MAY_BE_ABSENT = ("making_multiply_adds", "draws", "copies", "transported")


def sections(inspection: Inspection) -> Iterator[str]:
    """Yield the sections of a report in order."""
    yield _title(inspection)
    yield findings_text(inspection)
    yield forward_text(inspection.ledger)
    yield channel_text(inspection.ledger)
    yield populations_text(inspection.ledger)
    yield totals_text(inspection.ledger)
    if inspection.others:
        yield comparison_text({OWN: inspection.ledger, **inspection.others})
    yield locality_text(inspection)
    if inspection.checks:
        yield self_test_text(inspection)


def _title(inspection: Inspection) -> str:
    network = inspection.network
    sizes = [f"{name} {network.size(name):,}" for name in network.forward_order]
    relays = [f"{name} {network.size(name):,}" for name in network.relays]
    beside = f"; in the channel only: {listed(relays)}" if relays else ""
    return paragraph(f"{network.name}: {listed(sizes)}{beside}")


def findings_text(inspection: Inspection) -> str:
    """List errors and warnings apart."""
    parts = []
    for kind, findings in (("error", inspection.errors), ("warning", inspection.warnings)):
        if findings:
            n = len(findings)
            parts.append(f"{n} {kind}{'s' if n > 1 else ''}")
            parts += [paragraph(f"  - {finding.text}", "    ") for finding in findings]
    return "\n".join(parts) or "No mistakes were found."


def number(value: float | int | None) -> str:
    """Write a whole number with commas, any other in three digits, None as a dash."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def _bundle_table(rows: Sequence[BundleCost], columns: Sequence[Column]) -> str:
    titles = ("bundle", "weights", *(title for title, _ in columns))
    cells = [(r.bundle, r.weights, *(number(value(r)) for _, value in columns)) for r in rows]
    return table_text(titles, cells, range(2, len(titles)), whole=(1,))


def forward_text(ledger: Ledger) -> str:
    """Show the forward bundles: edges, multiply-adds for each example, bytes."""
    rows = [row for row in ledger.bundles if row.kind == "forward"]
    head = "Forward graph: multiply-adds of delivery and of changes for each example"
    return f"{head}\n{_bundle_table(rows, (*_COMMON, *_KEPT))}"


def channel_text(ledger: Ledger) -> str:
    """Show the channel's bundles: edges, work and traffic for each example, bytes."""
    rows = [row for row in ledger.bundles if row.kind == "channel"]
    if not rows:
        return "Learning channel: none"
    made = [column for column in _MADE if any(column[1](row) for row in rows)]
    work = "Learning channel: multiply-adds of delivery and of changes for each example"
    sent = "messages, bits of each message and of all"
    if not made:
        return f"{work},\n{sent}\n{_bundle_table(rows, (*_COMMON, *_SENT, *_KEPT))}"
    making = f"work to make its weights for each update: {listed(title for title, _ in made)}"
    return (
        f"{work},\n{making}\n{_bundle_table(rows, (*_COMMON, *made))}\n\n"
        f"{sent[:1].upper()}{sent[1:]} for each example\n{_bundle_table(rows, (*_SENT, *_KEPT))}"
    )


def populations_text(ledger: Ledger) -> str:
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
    head = "Populations: bits of error that arrive for each example, and weights to share them"
    return f"{head}\n{table_text(titles, rows, (3, 4, 5))}"


def _after(steps: int) -> str:
    if steps == 0:
        return "at once"
    return f"after {steps} step{'s' if steps > 1 else ''}"


def totals_text(ledger: Ledger) -> str:
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
    memory = paragraph(f"Memory at batch size 1, bytes: {bytes_text}")
    return f"In all, for each example\n{table_text(('', ''), rows, (1,)).lstrip()}\n{memory}"


def comparison_text(ledgers: Mapping[str, Ledger]) -> str:
    """Show ledgers of several channels side by side, in as many tables as the width asks for."""
    totals = {name: ledger.totals() for name, ledger in ledgers.items()}
    shown = [
        name
        for name in QUANTITIES
        if name not in _MAY_BE_ABSENT or any(sums[name] for sums in totals.values())
    ]
    cells = {name: [number(sums[quantity]) for quantity in shown] for name, sums in totals.items()}
    tables = []
    for group in _grouped(cells, max(map(len, QUANTITIES.values()))):
        titles = ("for each example", *group)
        rows = [
            (QUANTITIES[quantity], *(cells[name][row] for name in group))
            for row, quantity in enumerate(shown)
        ]
        tables.append(table_text(titles, rows, range(1, len(titles))))
    return "Side by side: the same network with other channels\n" + "\n\n".join(tables)


def _grouped(cells: dict[str, list[str]], first: int) -> list[list[str]]:
    """Divide columns into groups that fit beside the first column."""
    groups: list[list[str]] = [[]]
    left = WIDTH - first
    for name, column in cells.items():
        width = 2 + max(len(name), *map(len, column))
        if width > left and groups[-1]:
            groups.append([])
            left = WIDTH - first
        groups[-1].append(name)
        left -= width
    return groups


def locality_text(inspection: Inspection) -> str:
    """Show what each rule reads and where that sits; the rate is left out, a constant."""
    rows, notes = [], []
    for rule in inspection.locality:
        name = f"{rule.kind} {rule.bundle}"
        reads = [variable for variable in rule.reads if variable != RATE]
        local = "yes" if rule.local else "NO"
        for n, variable in enumerate(reads):
            rows.append((*((name, local) if n == 0 else ("", "")), *variable))
        if not reads:
            rows.append((name, "yes", "nothing", ""))
        if rule.note:
            notes.append(paragraph(f"  {name}: {rule.note}", "    "))
    head = "Locality: what each rule reads, and where that sits"
    table = table_text(("rule", "local", "reads", "held by"), rows, whole=(1,))
    return "\n".join([head, table, *notes])


def self_test_text(inspection: Inspection) -> str:
    """Show each check of the self-test."""
    failed = len(inspection.failures)
    passed = len(inspection.checks) - failed
    lines = [f"Self-test: {passed} passed" + (f", {failed} FAILED" if failed else "")]
    for check in inspection.checks:
        mark = "passed" if check.passed else "FAILED"
        lines += [
            paragraph(f"  {mark}  {check.name}", " " * 10),
            paragraph(f"          {check.detail}", " " * 10),
        ]
    return "\n".join(lines)
