"""What the designer's page is told, as values that JSON can hold; all of it is the model's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from neurochannel.data.library import catalog, load
from neurochannel.engine.gate import checked_network, sized_for
from neurochannel.errors import NetworkError, NeurochannelError
from neurochannel.lab.completion import completion, schema
from neurochannel.lab.effort import check_effort
from neurochannel.lab.network_edits import KINDS, entries_of
from neurochannel.lab.session import Session, Version
from neurochannel.lab.sketch import sketch_of
from neurochannel.lab.text_marks import marks_of
from neurochannel.model.edges import STARTS
from neurochannel.model.gallery import shipped
from neurochannel.model.network import Network
from neurochannel.model.recipe_names import RECIPE_NAMES
from neurochannel.model.toml_reader import parse
from neurochannel.reports.before_training import inspect
from neurochannel.reports.blocks import Paragraph, Section
from neurochannel.reports.html import section_html
from neurochannel.reports.inspection_report import (
    OWN,
    Inspection,
    findings_sections,
    locality_section,
)
from neurochannel.reports.ledgers import comparison_section
from neurochannel.reports.page.edge_facts import edge_facts
from neurochannel.reports.page.network_page import those_that_fit
from neurochannel.reports.page.svg_drawing import drawing_of, why_not_drawn

Answer = dict[str, Any]
WIDTHS = {"wide": 4.6, "narrow": 3.4}
"""Of the drawing in windows of both kinds, inches."""
LONGEST_LIST = 64
MOST_MARKS = 100


def state_answer(version: Version) -> Answer:
    """Return the text, where it is wrong, and what its tables state, for forms."""
    tree = _tree(version.text)
    return {
        "revision": version.revision,
        "name": version.name,
        "text": version.text,
        "saved": version.saved,
        "undo": version.can_undo,
        "redo": version.can_redo,
        "marks": _marks(version),
        "tree": _shortened(tree),
        "edges": _edges(tree),
        "starts": list(STARTS),
        "title": version.network.name if version.network else str(tree.get("name", version.name)),
    }


def _tree(text: str) -> Mapping[str, Any]:
    try:
        return parse(text)
    except NetworkError:
        return {}


def _marks(version: Version) -> list[Answer]:
    """Return the mistakes; places are counted in units of UTF-16, as browsers count them."""
    found = marks_of(version.text, list(version.problems[:MOST_MARKS]))
    units = _Utf16(version.text)
    return [
        {
            "sentence": mark.sentence,
            "line": mark.line,
            "start": units.of(mark.start),
            "end": units.of(mark.end),
            "path": list(mark.path),
        }
        for mark in found
    ]


class _Utf16:
    """Turns places in a text into those of JavaScript, where some letters are two."""

    def __init__(self, text: str) -> None:
        self._wide = [i for i, letter in enumerate(text) if ord(letter) > 0xFFFF]

    def of(self, place: int) -> int:
        return place + sum(i < place for i in self._wide)

    def back(self, place: int) -> int:
        for n, i in enumerate(self._wide):
            if i + n >= place:
                return place - n
        return place - len(self._wide)


def _shortened(value: Any) -> Any:
    """Return a value without long lists, which no form shows."""
    if isinstance(value, dict):
        return {key: _shortened(part) for key, part in value.items()}
    if isinstance(value, list):
        if len(value) > LONGEST_LIST and not all(isinstance(part, dict) for part in value):
            return [*map(_shortened, value[:3]), "..."]
        return [_shortened(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, bool | int | float | str) else str(value)


def _edges(tree: Mapping[str, Any]) -> list[Answer]:
    """Return each edge with the number of its table, and how many edges share that."""
    return [
        {
            "kind": kind,
            "source": names[place],
            "target": names[place + 1],
            "entry": number,
            "shared": len(names) - 1,
        }
        for kind in KINDS
        for number, names in entries_of(tree, kind)
        for place in range(len(names) - 1)
    ]


def drawing_answer(version: Version, window: str = "wide") -> Answer:
    """Return both graphs as SVG; of a text with mistakes what can be drawn of it.

    The SVG is that of reports: all texts in it are escaped.
    """
    found = version.network or sketch_of(version.text)
    answer: Answer = {"revision": version.revision, "still": "", "apart": [], "sketch": True}
    if isinstance(found, tuple):
        return answer | {"apart": list(found)}
    if isinstance(found, Network):
        answer["sketch"] = False
        if reason := why_not_drawn(found):
            return answer | {"sentence": reason.text}
    else:
        answer["apart"] = list(found.apart)
    return answer | {
        "still": drawing_of(found, {}, widths=(WIDTHS.get(window, WIDTHS["wide"]),)).still
    }


def inspection_answer(version: Version, data: str) -> Answer:
    """Return lint, ledger and locality as parts of HTML, and what is known of each edge."""
    answer: Answer = {"revision": version.revision, "parts": [], "facts": {}}
    network = version.network
    if network is None:
        n = len(version.problems)
        what = "1 mistake" if n == 1 else f"{n} mistakes"
        return answer | {"sentence": f"The text has {what}; they are marked in it."}
    try:
        found = inspected(network, data)
    except NeurochannelError as misfit:
        try:
            found = inspected(network)
        except NeurochannelError:
            return answer | {"sentence": _first(misfit)}
        answer["sentence"] = f"It does not fit {data}: {_first(misfit)}"
    facts = edge_facts(found.network, found.ledger, found.locality)
    return answer | {"parts": list(_parts(found)), "facts": facts}


def inspected(network: Network, data: str | None = None, *, self_test: bool = False) -> Inspection:
    """Return an inspection next to channels that fit.

    Raises
    ------
    NetworkError, DataError
        If the data does not fit, or a size is left out and there is none.
    OptionError
        If it is too large.
    """
    sized = checked_network(network) if data is None else sized_for(network, load(data))
    check_effort(sized)
    return inspect(sized, data=data, compare=those_that_fit(sized), self_test=self_test)


def _first(error: NeurochannelError) -> str:
    return error.problems[0] if isinstance(error, NetworkError) else str(error)


def _parts(found: Inspection) -> Iterable[Answer]:
    lint = [block for section in findings_sections(found) for block in section.blocks]
    costs = comparison_section({OWN: found.ledger, **found.others})
    for name, section in (
        ("lint", Section("Lint", lint or [Paragraph("No mistakes were found.")])),
        ("costs", Section("Costs", costs.blocks, f"for each example; {costs.note}")),
        ("locality", locality_section(found)),
    ):
        yield {"name": name, "html": section_html(section, "h2")}


def completion_answer(text: object, at: object) -> Answer:
    """Return what could follow at a place, which is counted in units of UTF-16."""
    if not isinstance(text, str) or isinstance(at, bool) or not isinstance(at, int):
        return {"start": 0, "options": []}
    units = _Utf16(text)
    found = completion(text, units.back(at))
    return {
        "start": units.of(found.start),
        "options": [option._asdict() for option in found.options],
    }


def choices_answer(session: Session) -> Answer:
    """Return what can be begun with, what data there is, and the schema of forms."""
    return {
        "topologies": [{"name": one.name, "about": one.about} for one in shipped().values()],
        "files": session.shelf.names(),
        "folder": str(session.shelf.folder),
        "data": [entry.name for entry in catalog() if entry.found],
        "recipes": list(RECIPE_NAMES),
        "schema": schema(),
    }
