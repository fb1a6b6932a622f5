"""What the drawing and the forms do to the text of a network, as values that JSON can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from neurochannel.errors import NetworkError, OptionError
from neurochannel.lab.toml_edits import TomlText, looked_up
from neurochannel.lab.toml_places import Path
from neurochannel.model.edge_paths import ARROW, names_on
from neurochannel.model.problems import listed, short
from neurochannel.study.field_paths import as_table

KINDS = ("forward", "channel")
NEW = {"size": 10, "activation": "tanh"}
"""What a population is that was just made."""


def edited(text: str, edit: Mapping[str, Any]) -> str:
    """Return the text of a network after an edit.

    Parameters
    ----------
    edit
        Its `do` and what that needs:

        - "add_edge", "remove_edge", "part_edge": kind, source, target
        - "add_population": name; "remove_population": name; "rename_population": name, to
        - "set": at, the path of a table; field, the path in it; value, null to take it away

    Raises
    ------
    NetworkError
        If the text is no TOML, or what is to be changed is not in it.
    OptionError
        If this is no edit.
    """
    what = edit.get("do")
    if what not in EDITS:
        raise OptionError(f"do must be one of {listed(EDITS, 'or')}, got {short(what)}")
    function, fields = EDITS[what]
    for field in fields:
        if field not in edit:
            raise OptionError(f"{field} is missing in the edit {what}; give {listed(fields)}")
    return function(TomlText(text), edit).text


def entries_of(tree: Mapping[str, Any], kind: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the number of each table of edges, and the names on its path."""
    entries = tree.get(kind)
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        path = entry.get("path") if isinstance(entry, dict) else None
        if isinstance(path, str):
            yield number, names_on(path)


def entry_of(tree: Mapping[str, Any], kind: str, source: str, target: str) -> tuple[int, int]:
    """Return the number of the table that holds an edge, and the place of the edge on its path.

    Raises
    ------
    NetworkError
        If there is none.
    """
    for number, names in entries_of(tree, kind):
        for place in range(len(names) - 1):
            if names[place : place + 2] == (source, target):
                return number, place
    raise NetworkError(
        f"there is no {kind} edge '{source} {ARROW} {target}' in the text; choose one that is drawn"
    )


def _edge(edit: Mapping[str, Any]) -> tuple[str, str, str]:
    kind, source, target = (edit[key] for key in ("kind", "source", "target"))
    if kind not in KINDS:
        raise OptionError(f"kind must be forward or channel, got {short(kind)}")
    return kind, _text("source", source), _text("target", target)


def _text(what: str, value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 200 or "\n" in value:
        raise OptionError(f"{what} must be a name on one line, got {short(value)}")
    return value


def _joined(names: tuple[str, ...]) -> str:
    return f" {ARROW} ".join(names)


def _add_edge(toml: TomlText, edit: Mapping[str, Any]) -> TomlText:
    kind, source, target = _edge(edit)
    return toml.append(kind, {"path": _joined((source, target))})


def _remove_edge(toml: TomlText, edit: Mapping[str, Any]) -> TomlText:
    kind, source, target = _edge(edit)
    number, place = entry_of(toml.tree, kind, source, target)
    names = names_on(toml.tree[kind][number]["path"])
    return _split(toml, kind, number, [names[: place + 1], names[place + 1 :]])


def _part_edge(toml: TomlText, edit: Mapping[str, Any]) -> TomlText:
    """Give an edge a table of its own, with the same fields."""
    kind, source, target = _edge(edit)
    number, place = entry_of(toml.tree, kind, source, target)
    names = names_on(toml.tree[kind][number]["path"])
    return _split(
        toml, kind, number, [names[: place + 1], names[place : place + 2], names[place + 1 :]]
    )


def _split(toml: TomlText, kind: str, number: int, pieces: list[tuple[str, ...]]) -> TomlText:
    """Return the text with a table for each path instead of one."""
    paths = [_joined(names) for names in pieces if len(names) > 1]
    if not paths:
        return toml.drop((kind, number))
    for _ in paths[1:]:
        toml = toml.doubled(kind, number)
    for offset, path in enumerate(paths):
        toml = toml.put((kind, number + offset, "path"), path)
    return toml


def _add_population(toml: TomlText, edit: Mapping[str, Any]) -> TomlText:
    name = _text("name", edit["name"])
    if looked_up(toml.tree, ("populations", name)) is not None:
        raise NetworkError(f"populations.{name} exists already; choose another name")
    return toml.put(("populations", name), dict(NEW))


def _remove_population(toml: TomlText, edit: Mapping[str, Any]) -> TomlText:
    """Take a population out of all paths, whose ends are joined, and away."""
    name = _known(toml, edit["name"])
    for kind in KINDS:
        for number, names in reversed(list(entries_of(toml.tree, kind))):
            if name in names:
                kept = tuple(other for other in names if other != name)
                toml = _split(toml, kind, number, [kept])
    return toml.drop(("populations", name))


def _rename_population(toml: TomlText, edit: Mapping[str, Any]) -> TomlText:
    old, new = _known(toml, edit["name"]), _text("to", edit["to"])
    if looked_up(toml.tree, ("populations", new)) is not None:
        raise NetworkError(f"populations.{new} exists already; choose another name")
    paths: dict[Path, str] = {
        (kind, number, "path"): _joined(tuple(new if n == old else n for n in names))
        for kind in KINDS
        for number, names in entries_of(toml.tree, kind)
        if old in names
    }
    return toml.renamed(("populations", old), new, paths)


def _known(toml: TomlText, given: Any) -> str:
    name = _text("name", given)
    if looked_up(toml.tree, ("populations", name)) is None:
        raise NetworkError(f"'{name}' is not a population in the text; choose one that is drawn")
    return name


def _set(toml: TomlText, edit: Mapping[str, Any]) -> TomlText:
    at, field, value = _path("at", edit["at"]), _path("field", edit["field"]), edit["value"]
    if not field or (at and looked_up(toml.tree, at) is None):
        raise NetworkError(f"at must be the path of a table in the text, got {short(list(at))}")
    _check_plain(value)
    if value is not None:
        for n in range(1, len(field)):
            short_form = looked_up(toml.tree, (*at, *field[:n]))
            if short_form is not None and not isinstance(short_form, dict):
                table = as_table(str(field[n - 1]), short_form)
                toml = toml.put((*at, *field[:n]), table)
        return toml.put((*at, *field), value)
    path = (*at, *field)
    if looked_up(toml.tree, path) is None:
        return toml
    while len(path) > len(at) + 1 and len(looked_up(toml.tree, path[:-1])) == 1:
        path = path[:-1]
    return toml.drop(path)


def _path(what: str, given: Any) -> Path:
    whole = isinstance(given, list) and len(given) <= 8
    if not whole or any(isinstance(p, bool) or not isinstance(p, str | int) for p in given):
        raise OptionError(f"{what} must be a list of names and numbers, got {short(given)}")
    return tuple(given)


def _check_plain(value: Any, depth: int = 0) -> None:
    """Refuse what TOML cannot hold."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if depth > 8 or any(part is None for part in inner):
        raise OptionError(f"value must be one that TOML can hold, got {short(value)}")
    for part in inner:
        _check_plain(part, depth + 1)


EDITS = {
    "add_edge": (_add_edge, ("kind", "source", "target")),
    "remove_edge": (_remove_edge, ("kind", "source", "target")),
    "part_edge": (_part_edge, ("kind", "source", "target")),
    "add_population": (_add_population, ("name",)),
    "remove_population": (_remove_population, ("name",)),
    "rename_population": (_rename_population, ("name", "to")),
    "set": (_set, ("at", "field", "value")),
}
"""Each edit by its name: its function, and what it needs."""
