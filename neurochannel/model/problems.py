"""Mistakes in a description as sentences: where, which rule, what was found, the remedy."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from neurochannel.renamed import why_keyword_gone

SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 60
FLAG, TABLE = "<flag>", "<table>"  # what pydantic's paths add for a choice of two types

LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("greater than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
KINDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number of ordinary size",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text in quotes",
    "finite_number": "a finite number",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "tuple_type": "a list of tables",
    "list_type": "a list",
}


VARIES = re.compile(r"'[^']*'|\([^()]*\)|\d[\d.,]*(?:e[+-]\d+)?(?<![.,])%?")
"""Names, remarks and numbers in a sentence."""


def cause_of(sentence: str) -> str:
    """Return a sentence without names, remarks and numbers: equal for many with one cause."""
    return VARIES.sub("#", sentence)


@dataclass(frozen=True)
class Remedy:
    """How to fix a wrong value; stands in the `Annotated` type of a field."""

    text: str


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, the rest of the sentence, and the keys that it involves."""

    path: tuple[str | int, ...]
    text: str
    fields: frozenset[str] = frozenset()

    def within(self, prefix: Iterable[str | int]) -> Problem:
        """Return it as seen from the table around."""
        return replace(self, path=(*prefix, *self.path))

    def __str__(self) -> str:
        return f"{place(self.path)} {self.text}" if self.path else self.text


def merged(problems: Iterable[Problem]) -> list[str]:
    """Return a sentence for each cause, with how many more mistakes there are of it."""
    alike: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        # The second part of a longer path is often a name: populations.hidden1.receive.
        whole = [str(part) for part in (*problem.path[:1], *problem.path[2:], problem.text)]
        alike.setdefault(tuple(map(cause_of, whole)), []).append(problem)
    return [
        f"{first} (and {len(rest):,} more like this)" if rest else str(first)
        for first, *rest in alike.values()
    ]


class MistakesError(ValueError):
    """Carries mistakes with their structure through pydantic's validation."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def place(path: Sequence[str | int]) -> str:
    """Write a path as users do: ``channel[1].message.bits``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            word = part if re.fullmatch(r"[\w.\[\]-]{1,60}", part) else short(part)
            text += f".{word}" if text else word
    return text


def short(value: Any) -> str:
    """Write a value in at most a few words."""
    shape = getattr(value, "shape", ())
    return f"an array of shape {shape}" if shape else SHORT.repr(value)


def did_you_mean(word: Any, known: Iterable[str]) -> str | None:
    """Return the sentence part that names the nearest known word in any case, if one is near."""
    from difflib import get_close_matches

    words = list(known)
    small = {each.lower(): each for each in reversed(words)}
    near = get_close_matches(str(word), words, n=1, cutoff=0.6) or [
        small[each] for each in get_close_matches(str(word).lower(), small, n=1, cutoff=0.6)
    ]
    return f"did you mean '{near[0]}'?" if near else None


def listed(names: Iterable[Any], joint: str = "and") -> str:
    """Write names as ``a, b and c``."""
    words = [str(name) for name in names]
    return f" {joint} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Turn pydantic's list of errors about one model into problems, nested ones included."""
    found: list[Problem] = []
    for details in error.errors(include_url=False):
        below = (part for part in details["loc"][1:] if part not in (FLAG, TABLE))
        path = (*details["loc"][:1], *below)
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, MistakesError):
            found += [problem.within(path) for problem in cause.problems]
        else:
            found.append(_translated(dict(details), path, model))
    return found


def _translated(
    details: dict[str, Any], path: tuple[str | int, ...], model: type[BaseModel]
) -> Problem:
    kind, value, context = details["type"], details.get("input"), details.get("ctx", {})
    if path and path[-1] == "[key]":
        return Problem(path[:-1], f"must be named by text, got {short(value)}; put it in quotes")
    if kind == "extra_forbidden":
        if told := why_keyword_gone(model.__name__, str(path[-1])):
            return Problem(path, told)
        return Problem(path, f"is not a known key; {_known_keys(model, str(path[-1]))}")
    if kind == "missing":
        return Problem(path, f"is missing; {_remedy(model, path)}")
    if kind == "literal_error":
        return Problem(path, _choice(model.model_fields[str(path[0])], value))
    if kind in LIMITS:
        words, key = LIMITS[kind]
        rule = f"{words} {_number(context[key])}"
    elif kind == "value_error":
        return Problem(path, str(context["error"]))
    else:
        rule = KINDS.get(kind) or details["msg"].removeprefix("Input should be ")
    return Problem(path, f"must be {rule}, got {short(value)}; {_remedy(model, path)}")


def _number(limit: float) -> str:
    return str(int(limit)) if limit == int(limit) else str(limit)


def _remedy(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    field = model.model_fields.get(str(path[0])) if path else None
    if field is None:
        return f"the keys here are {listed(model.model_fields)}"
    for item in field.metadata:
        if isinstance(item, Remedy):
            return item.text
    if field.is_required():
        return "give one"
    default = field.get_default()
    if default is None or default in ((), {}):
        return "leave it out"
    words = {True: "true", False: "false"} if isinstance(default, bool) else {}
    return f"leave it out for {words.get(default, default)}"


def _known_keys(model: type[BaseModel], key: str) -> str:
    """Say where an unknown key belongs, else which known one is near, else which there are."""
    inside = [
        name
        for name, field in model.model_fields.items()
        if any(key in part.model_fields for part in models_in(field.annotation))
    ]
    if inside:
        return f"write it inside {listed(inside, 'or')}, such as {inside[-1]} = {{ {key} = ... }}"
    near = did_you_mean(key, model.model_fields)
    return near or f"the keys here are {listed(model.model_fields)}"


def _choice(field: FieldInfo, value: Any) -> str:
    choices = choices_of(field.annotation)
    sentence = f"must be one of {listed(choices, 'or')}, got {short(value)}"
    remedy = did_you_mean(value, choices)
    return f"{sentence}; {remedy}" if remedy else f"{sentence}; choose one of them"


def models_in(annotation: Any) -> tuple[type[BaseModel], ...]:
    """Return the models in a type, alone or in a union with others."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    return tuple(model for part in parts for model in models_in(part))


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the words of a `Literal`, alone or in a union with others."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(word for part in get_args(annotation) for word in choices_of(part))
