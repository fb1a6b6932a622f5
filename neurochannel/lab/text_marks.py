"""Marks in the text of a network, at the keys that are wrong."""

from __future__ import annotations

import re
from typing import NamedTuple

from neurochannel.lab.toml_places import Path, TextSpan, TomlPlaces
from neurochannel.model.problems import Problem

_NUMBERED = re.compile(r"(forward|channel)\[(\d+)\]")
_AT_LINE = re.compile(r"at line (\d+)")


class Mark(NamedTuple):
    """A mistake: its sentence, where it stands, and the path; lines are counted from 1."""

    sentence: str
    line: int
    start: int
    end: int
    path: Path


def marks_of(text: str, problems: list[Problem]) -> list[Mark]:
    """Return a mark for each mistake, in the order of the text."""
    places = TomlPlaces(text) if problems else None
    found = []
    for problem in problems:
        assert places is not None
        span = _span(places, problem)
        line = text.count("\n", 0, span.start) + 1
        found.append(Mark(str(problem), line, span.start, span.end, whole_path(problem)))
    return sorted(found, key=lambda mark: mark.start)


def whole_path(problem: Problem) -> Path:
    """Return the path of a problem with numbers of tables apart, as the text has them."""
    path: list[str | int] = []
    for part in problem.path:
        numbered = _NUMBERED.fullmatch(part) if isinstance(part, str) and not path else None
        if numbered:
            path += [numbered[1], int(numbered[2])]
        elif isinstance(part, str) and path[:1] != ["populations"]:
            path += part.split(".")
        else:
            path.append(part)
    return tuple(path)


def _span(places: TomlPlaces, problem: Problem) -> TextSpan:
    path = whole_path(problem)
    span = places.nearest(path) or _first(places, path[:1])
    if span is None:
        return _line(places.text, problem)
    value = places.values.get(path)
    if value is not None and "\n" not in places.text[span.start : value.end]:
        return TextSpan(span.start, value.end)
    return span


def _first(places: TomlPlaces, path: Path) -> TextSpan | None:
    """Return the first span below a path that has none itself."""
    inner = (span for key, span in places.keys.items() if path and key[: len(path)] == path)
    return next(inner, None)


def _line(text: str, problem: Problem) -> TextSpan:
    """Return the line that a sentence names, or the first one."""
    named, lines = _AT_LINE.search(problem.text), text.split("\n")
    if named:
        number = int(named[1]) - 1
    else:
        at_end = "end of document" in problem.text
        number = text.rstrip().count("\n") if at_end else 0
    number = min(number, len(lines) - 1)
    before = sum(len(line) + 1 for line in lines[:number])
    return TextSpan(before, before + len(lines[number]))
