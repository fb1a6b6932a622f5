"""The page of a study: its settings with intervals, charts, curves of each point, and failures."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from neurochannel.model.problems import listed
from neurochannel.reports.blocks import Block, Document, Paragraph, Section, TableBlock, Widget
from neurochannel.reports.folder_summary import (
    Findings,
    find,
    results_document,
    variance_sections,
    word,
)
from neurochannel.reports.html import block_html
from neurochannel.reports.page.head import SHOWN, citing_section, head_section
from neurochannel.reports.page.study_data import MOST_SETTINGS, study_data
from neurochannel.study.folder import Row, StudyFolder
from neurochannel.study.frames import values_of
from neurochannel.study.result_frames import axes_of

MOST_FAILURES = 200
MOST_STILL = 300
"""Settings in the table that is there without the script."""
MOST_VALUES = 12


def study_document(folder: str, out: str) -> Document:
    """Return the page of a study.

    Raises
    ------
    DataError
        If there is no study in the folder, or none of its points is finished.
    """
    found = find(folder)
    plan, rows = StudyFolder(folder).read_plan(), found.rows
    name = str(plan.get("study", "study"))
    sections = [_head(found, name, plan, rows, out), _results(found)]
    sections += [*variance_sections(found), *_failures(found)]
    versions = _workers(rows, "neurochannel")
    return Document(f"Study {name}", (*sections, citing_section(", ".join(versions) or None)))


def _head(
    found: Findings, name: str, plan: dict[str, Any], rows: Sequence[Row], out: str
) -> Section:
    missing = f", {found.n_missing:,} are missing" if found.n_missing else ""
    counted = f"{len(rows):,} of {found.n_points:,} points are finished{missing}"
    lost = f", {len(found.lost):,} of them diverged or failed" if len(found.lost) else ""
    text = json.dumps([plan["axes"], plan["points"]], separators=(",", ":"))
    lines = [
        ("what", f"study '{name}': {counted}{lost}"),
        *((f"axis {axis}", _values(found, axis)) for axis in axes_of(found.frame)),
        ("seeds", _some([str(seed) for seed in values_of(found.frame, "seed")])),
        (
            "data",
            _some(list(dict.fromkeys(str(row.get("data") or "not recorded") for row in rows))),
        ),
        ("version", _versions(rows)),
        ("CPU", _some(_workers(rows, "cpu")) or "not recorded"),
        ("fingerprint", f"{sha256(text.encode()).hexdigest()[:SHOWN]} (of the plan)"),
    ]
    commands = (
        ["neurochannel", "study", f"{name}.toml", "--out", found.folder],
        ["neurochannel", "report", found.folder, "-o", out],
    )
    return head_section(lines, "\n".join(map(shlex.join, commands)))


def _versions(rows: Sequence[Row]) -> str:
    software = _some(_workers(rows, "neurochannel")) or "of an unknown version"
    packages = [f"{p} {_some(_workers(rows, p))}" for p in ("python", "numpy", "numba")]
    return f"neurochannel {software} ({', '.join(packages)})"


def _workers(rows: Sequence[Row], key: str) -> list[str]:
    found = (row.get("worker") for row in rows)
    told = (worker.get(key) for worker in found if isinstance(worker, dict))
    return list(dict.fromkeys(str(each) for each in told if each))


def _values(found: Findings, axis: str) -> str:
    return _some([word(value) for value in values_of(found.frame, axis)])


def _some(texts: list[str]) -> str:
    more = len(texts) - MOST_VALUES
    return ", ".join(texts) if more <= 0 else listed([*texts[:MOST_VALUES], f"{more:,} more"])


def _results(found: Findings) -> Section:
    table = results_document(found).sections[0].blocks[0]
    if isinstance(table, TableBlock):
        table = replace(table, rows=table.rows[:MOST_STILL])
    shows = "Settings of the study: a table, an outcome against an axis, a heat map, and curves"
    data = study_data(found)
    blocks: list[Block] = [Widget("study", "study", shows, data, block_html(table))]
    if len(data["settings"]) == MOST_SETTINGS:
        more = f"The page holds {MOST_SETTINGS:,} settings; 'neurochannel results --csv' has all."
        blocks.append(Paragraph(more))
    note = "means over seeds with Student's 95 % intervals; shares of examples in percent"
    return Section("Results", blocks, note)


def _failures(found: Findings) -> Iterator[Section]:
    lost, axes = found.lost, axes_of(found.frame)
    if not len(lost):
        return
    rows = [
        (*(word(row[axis]) for axis in axes), str(row["seed"]), row["status"], _reason(row))
        for row in lost.head(MOST_FAILURES).to_dict("records")
    ]
    blocks: list[Block] = [TableBlock((*axes, "seed", "status", "reason"), rows)]
    if len(lost) > MOST_FAILURES:
        more = f"{len(lost) - MOST_FAILURES:,} more; 'neurochannel results --csv' has all"
        blocks.append(Paragraph(f"... and {more}"))
    yield Section("Failures", blocks, "points that diverged or failed, and why")


def _reason(row: dict[Any, Any]) -> str:
    return " ".join(str(row["reason"]).split()) or "no reason"
