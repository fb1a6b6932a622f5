"""Changes of TOML text that keep its comments and its form, each checked by what the text means."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from neurochannel.errors import NetworkError
from neurochannel.lab.toml_places import Path, TextSpan, TomlPlaces
from neurochannel.model.toml_reader import parse

UNABLE = (
    "the text must have {} in a form that can be changed from the drawing, but it has not; "
    "change the text itself"
)


def value_text(value: Any) -> str:
    """Return a plain value as TOML on one line."""
    import tomlkit

    if isinstance(value, dict):
        inner = ", ".join(f"{key_text(key)} = {value_text(part)}" for key, part in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    return str(tomlkit.item(value).as_string())


def key_text(name: str) -> str:
    """Return a key, in quotes where it must be."""
    from tomlkit.items import SingleKey

    return str(SingleKey(name).as_string())


def looked_up(tree: Any, path: Path) -> Any:
    """Return what stands at a path, None if there is nothing."""
    for part in path:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


class TomlText:
    """TOML text and what it means; each method returns the changed text.

    Raises
    ------
    NetworkError
        If the text is no TOML, or a change would alter more than it should.
    """

    def __init__(self, text: str) -> None:
        self.text = text if text.endswith("\n") else f"{text}\n"
        self.tree = parse(self.text)
        self.places = TomlPlaces(self.text)

    def put(self, path: Path, value: Any) -> TomlText:
        """Return the text with a value at a path, whose tables are made where they are missing."""
        expected = deepcopy(self.tree)
        table: Any = expected
        for part in path[:-1]:
            table = table.setdefault(part, {}) if isinstance(part, str) else table[part]
        table[path[-1]] = value
        return self._checked(self._put(path, value), expected, path)

    def _put(self, path: Path, value: Any) -> str:
        if looked_up(self.tree, path) is not None:
            span = self.places.values.get(path)
            return self._spliced(span, value_text(value), path)
        if len(path) > 1 and looked_up(self.tree, path[:-1]) is None:
            return self._put(path[:-1], {path[-1]: value})
        return self._added(path, value)

    def _added(self, path: Path, value: Any) -> str:
        table, places = path[:-1], self.places
        line = f"{key_text(str(path[-1]))} = {value_text(value)}"
        if table in places.values:
            return self._inserted_inline(table, line)
        if not table:
            first = min((span.start for span in places.headers.values()), default=len(self.text))
            tops = [span.end for key, span in places.statements.items() if span.end <= first]
            if tops:
                return self._spliced(TextSpan(max(tops), max(tops)), f"\n{line}", path)
            return self._spliced(TextSpan(0, 0), f"{line}\n\n", path)
        if table in places.headers:
            stop = places.headers[table].end
            return self._spliced(TextSpan(stop, stop), f"\n{line}", path)
        ends = [
            (span.end, key)
            for key, span in places.statements.items()
            if len(key) > len(table) and key[: len(table)] == table
        ]
        dotted = [
            (stop, owner)
            for stop, key in ends
            for owner in [max((h for h in places.headers if key[: len(h)] == h), key=len)]
            if len(owner) < len(table)
        ]
        if dotted:
            stop, owner = max(dotted)
            inner = ".".join(key_text(str(part)) for part in table[len(owner) :])
            return self._spliced(TextSpan(stop, stop), f"\n{inner}.{line}", path)
        stop = max(places.headers[h].end for h in places.headers if h[: len(table)] == table)
        name = ".".join(key_text(str(part)) for part in path if isinstance(part, str))
        fields = value if isinstance(value, dict) else {}
        rows = "".join(f"\n{key_text(key)} = {value_text(part)}" for key, part in fields.items())
        return self._spliced(TextSpan(stop, stop), f"\n\n[{name}]{rows}", path)

    def _inserted_inline(self, table: Path, line: str) -> str:
        span = self.places.values[table]
        inner = [s.end for p, s in self.places.values.items() if p[:-1] == table]
        inner += [
            s.end
            for p, s in self.places.values.items()
            if len(p) > len(table) + 1 and p[: len(table)] == table
        ]
        if inner:
            return self._spliced(TextSpan(max(inner), max(inner)), f", {line}", table)
        return self._spliced(span, f"{{ {line} }}", table)

    def drop(self, path: Path) -> TomlText:
        """Return the text without what stands at a path."""
        expected = deepcopy(self.tree)
        table = looked_up(expected, path[:-1])
        del table[path[-1]]
        if isinstance(table, list) and not table and path[:-1] not in self.places.values:
            del looked_up(expected, path[:-2])[path[-2]]
        return self._checked(self._dropped(path), expected, path)

    def _dropped(self, path: Path) -> str:
        places = self.places
        if path in places.statements:
            return self._without_lines([places.statements[path]])
        if path in places.values:
            return self._without_inline(path)
        spans = [span for key, span in places.headers.items() if key[: len(path)] == path]
        spans += [
            span
            for key, span in places.statements.items()
            if key[: len(path)] == path and not any(s.start <= span.start < s.end for s in spans)
        ]
        return self._without_lines(spans, with_comments=True)

    def _without_lines(self, spans: list[TextSpan], *, with_comments: bool = False) -> str:
        text = self.text
        for start, stop in sorted(spans, reverse=True):
            while with_comments:
                above = text.rfind("\n", 0, max(start - 1, 0)) + 1
                if start == 0 or not text[above:start].startswith("#"):
                    break
                start = above
            after = text[stop + 1 :]
            if with_comments and (start == 0 or text[:start].endswith("\n\n")):
                after = after.lstrip("\n")
            text = text[:start] + after
        return text if not with_comments else f"{text.rstrip()}\n"

    def _without_inline(self, path: Path) -> str:
        """Take a key and its value, or a value in a list, out of what is around it."""
        places, text = self.places, self.text
        start = min(places.keys.get(path, places.values[path]).start, places.values[path].start)
        stop = places.values[path].end
        after = text[stop:].lstrip()
        if after.startswith(","):
            stop = len(text) - len(after) + 1
            stop += len(text[stop:]) - len(text[stop:].lstrip(" "))
            return text[:start] + text[stop:]
        before = text[:start].rstrip()
        if before.endswith(","):
            return text[: len(before) - 1] + text[stop:]
        return before.rstrip() + text[stop:].lstrip(" ")

    def append(self, name: str, table: dict[str, Any]) -> TomlText:
        """Return the text with one more table in an array of tables."""
        expected = deepcopy(self.tree)
        expected.setdefault(name, []).append(table)
        entries = expected[name]
        inline = self.places.values.get((name,))
        if inline is not None:
            last = self.places.values.get((name, len(entries) - 2))
            stop = last.end if last else inline.start + 1
            made = f"{', ' if last else ''}{value_text(table)}"
            return self._checked(
                self._spliced(TextSpan(stop, stop), made, (name,)), expected, (name,)
            )
        rows = "".join(f"{key_text(key)} = {value_text(part)}\n" for key, part in table.items())
        ends = [span.end for key, span in self.places.headers.items() if key[0] == name]
        stop = max(ends, default=len(self.text.rstrip()))
        block = f"\n\n[[{name}]]\n{rows.rstrip()}"
        changed = self.text[:stop] + block + (self.text[stop:] or "\n")
        return self._checked(changed, expected, (name,))

    def doubled(self, name: str, number: int) -> TomlText:
        """Return the text with a table of an array a second time, right after itself."""
        expected = deepcopy(self.tree)
        expected[name].insert(number + 1, deepcopy(expected[name][number]))
        path: Path = (name, number)
        inline = self.places.values.get(path)
        if inline is not None:
            made = f", {self.text[inline.start : inline.end]}"
            spliced = self._spliced(TextSpan(inline.end, inline.end), made, path)
            return self._checked(spliced, expected, path)
        spans = [span for key, span in self.places.headers.items() if key[:2] == path]
        start, stop = min(s.start for s in spans), max(s.end for s in spans)
        made = f"\n\n{self.text[start:stop]}"
        return self._checked(self._spliced(TextSpan(stop, stop), made, path), expected, path)

    def renamed(self, path: Path, name: str, paths: dict[Path, str]) -> TomlText:
        """Return the text with another name for a table, and other texts at some paths."""
        expected = deepcopy(self.tree)
        table = looked_up(expected, path[:-1])
        entries = [(name if key == path[-1] else key, part) for key, part in table.items()]
        table.clear()
        table.update(entries)
        splices = [(span, key_text(name)) for key, span in self.places.mentions if key == path]
        for where, value in paths.items():
            looked_up(expected, where[:-1])[where[-1]] = value
            splices.append((self.places.values[where], value_text(value)))
        text = self.text
        for (start, stop), made in sorted(splices, reverse=True):
            text = text[:start] + made + text[stop:]
        return self._checked(text, expected, path)

    def _spliced(self, span: TextSpan | None, made: str, path: Path) -> str:
        if span is None:
            raise NetworkError(UNABLE.format(".".join(map(str, path))))
        return self.text[: span.start] + made + self.text[span.end :]

    def _checked(self, text: str, expected: dict[str, Any], path: Path) -> TomlText:
        """Return the changed text if it means what it should."""
        try:
            made = TomlText(text)
        except NetworkError:
            made = None
        if made is None or made.tree != expected:
            raise NetworkError(UNABLE.format(".".join(map(str, path))))
        return made
