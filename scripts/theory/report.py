"""Writes the page: statements, verdicts, figures and the numbers behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from scripts.machine import measured_on
from scripts.pages import SIGNS, count, link, publish_page
from scripts.theory import failures
from scripts.theory.catalogue import THEOREMS
from scripts.theory.findings import Check, Theorem, verdict
from scripts.theory.running import TABLE, Result, checks_of

INTRODUCTION = """\
# What is proved, computed

As the learning rate goes to 0, training with all examples in each batch becomes a flow: the weights
follow differential equations whose right-hand side is the change of one step divided by the rate.
For some networks these equations can be solved. This page states what is proved of them, computes
each statement, and shows what happens when one of its conditions is broken.

The theorems are those of P. Baldi, P. Sadowski and Z. Lu, *Learning in the Machine: Random
Backpropagation and the Deep Learning Channel*, Artificial Intelligence 260 (2018) 1-35,
[arXiv:1612.02734](https://arxiv.org/abs/1612.02734), in our words and under the numbers of the
journal version; the formulas were derived again before they were coded. Means are over the
examples: `alpha = mean(T I)`, `beta = mean(I^2)`, `S_TI = mean(T I^T)`, `S_II = mean(I I^T)`; A are
forward weights, C those of a fixed channel, E = T - O.

`make theory` computes everything and writes this page. Flows are those of the closed forms of
[nc.theory](python-api.md#theory), which know nothing of the simulator, integrated with a relative
error of 1e-12; training is that of the simulator. *Order* is log2 of how a number shrinks when the
rate is halved: 1 means in proportion to the rate. A statement holds if each of its numbers is on
the right side of its bound. The bounds are ours.
"""
FAILURES = """\
## How often learning fails

Chains of lengths 2 to 6 with the output neuron linear, {channels} channels from the standard normal
distribution and {starts} starts each; a start has failed if more than {left:g} % of mean(T^2)/2 is
left at time {until:g}. Linear chains learn one number, the others what a chain of the same length
answers to five inputs. The signs of a channel weight and of the forward weight above it are the
same at the start where it is called congruent, and opposite where its signs are called wrong. In
linear chains f' is 1, and all starts learn in the end (theorem 4): those that have failed are
slow. Powers without f' have no fixed point: what counts is their loss at that time. Starts with
very fast and very slow weights, on which the solver gave up, are judged by where they were; each
table says how many that are at most in one of its cells.
"""


def publish(found: Mapping[str, Result], kept: Path, folder: Path) -> Path:
    """Write the page and its figures into a folder; return its path.

    Parameters
    ----------
    found
        The results of all jobs.
    kept
        Where their figures are.
    """
    tables = {name: found[TABLE + name]["rows"] for name in failures.ACTIVATIONS}
    figures: dict[str, Figure | Path] = {"failures.svg": failures.draw(tables)}
    for theorem in THEOREMS:
        figures |= {file: kept / file for file in found[theorem.name]["figures"]}
    return publish_page(folder, "theory", report(found, tables), figures)


def report(found: Mapping[str, Result], tables: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return the page as Markdown."""
    verdicts = {t.name: verdict(checks_of(found[t.name])) for t in THEOREMS}
    minutes = sum(result["seconds"] for result in found.values()) / 60
    measured = f"Computed in {minutes:.0f} minutes of one process on {measured_on()}."
    lines = [INTRODUCTION, measured, ""]
    lines += [count(verdicts.values(), ("holds", "does not hold")), ""]
    lines += ["| theorem | statement | verdict |", "| --- | --- | --- |"]
    for theorem in THEOREMS:
        sign = SIGNS[verdicts[theorem.name]]
        lines.append(f"| {link(theorem.heading)} | {_cell(theorem.statement)} | {sign} |")
    for theorem in THEOREMS:
        lines += ["", *_section(theorem, found[theorem.name])]
    unfinished = {name: found[TABLE + name]["unfinished"] for name in tables}
    return "\n".join([*lines, "", *_failures(tables, unfinished)]) + "\n"


def _section(theorem: Theorem, result: Result) -> list[str]:
    checks = checks_of(result)
    lines = [
        f"## {theorem.heading}",
        "",
        "```text",
        theorem.equations,
        "```",
        "",
        f"**Statement.** {theorem.statement} **Verdict: {verdict(checks)}.**",
        "",
        f"- From: {theorem.origin}",
        f"- Proved: {theorem.proved}",
        f"- Only seen: {theorem.seen}",
    ]
    for file, caption in result["figures"].items():
        lines += ["", f"![{caption}](images/theory/{file})", "", f"*{caption}.*"]
    lines += ["", "| computed | found | bound | verdict |", "| --- | ---: | ---: | --- |"]
    lines += _rows(checks)
    broken = checks_of(result, "broken")
    if broken:
        lines += ["", f"What if a condition is broken? {theorem.conditions}", ""]
        lines += ["| computed | found | expected | verdict |", "| --- | ---: | ---: | --- |"]
        lines += _rows(broken)
    return [*lines, "", result["note"]]


def _rows(checks: Iterable[Check]) -> list[str]:
    return [
        f"| {_cell(check.text)} | {check.found:.3g} | {check.bound} | {SIGNS[verdict([check])]} |"
        for check in checks
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _failures(
    tables: Mapping[str, list[dict[str, Any]]], unfinished: Mapping[str, float]
) -> list[str]:
    text = FAILURES.format(
        channels=failures.CHANNELS,
        starts=failures.STARTS,
        left=100 * failures.LEFT,
        until=failures.UNTIL,
    )
    caption = "Failures of chains over their length: solid with f', dashed without"
    lines = [text, f"![{caption}](images/theory/failures.svg)", "", f"*{caption}.*"]
    for activation, rows in tables.items():
        columns = list(rows[0])
        told = f"the solver gave up on at most {100 * unfinished[activation]:.1f} % of a cell"
        lines += ["", f"Hidden neurons: {activation}; failures in percent; {told}.", ""]
        lines += [f"| {' | '.join(columns)} |", f"|{' ---: |' * len(columns)}"]
        for row in rows:
            shares = [f"{100 * row[column]:.1f}" for column in columns[1:]]
            lines.append(f"| {row['length']} | {' | '.join(shares)} |")
    return lines
