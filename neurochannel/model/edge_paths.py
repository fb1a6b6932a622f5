"""Paths of edges: names joined by arrows."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from neurochannel.model.base import NAME, Description
from neurochannel.model.problems import Remedy, short

ARROW = "->"


def names_on(path: str) -> tuple[str, ...]:
    """Return the names that a path goes through."""
    return tuple(name.strip() for name in path.split(ARROW))


def arrows_on(path: str) -> tuple[tuple[str, str], ...]:
    """Return the (source, target) pairs of a path."""
    names = names_on(path)
    return tuple(pairwise(names))


def path_text(text: str) -> str:
    """Check a path and return it with standard spacing."""
    names = names_on(text)
    wrong = [name for name in names if not re.fullmatch(NAME, name)]
    if wrong or len(names) < 2:
        culprit = wrong[0] if wrong and len(names) > 1 else text
        raise ValueError(
            f"must be names joined by arrows, got {short(culprit)}; write for example 'a -> b -> c'"
        )
    return f" {ARROW} ".join(names)


Path = Annotated[
    str,
    Field(
        strict=True,
        description="Names joined by arrows, source first: one bundle for each arrow.",
        json_schema_extra={"pattern": rf"^\s*{NAME}(\s*->\s*{NAME})+\s*$"},
    ),
    AfterValidator(path_text),
    Remedy("write for example path = 'a -> b'"),
]


class OnPath(Description):
    """What leads along a path of names."""

    path: Path

    @property
    def arrows(self) -> tuple[tuple[str, str], ...]:
        """The (source, target) pairs, one for each bundle."""
        return arrows_on(self.path)
