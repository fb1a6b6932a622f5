"""Names by which bundles share their weights, and populations their biases."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from neurochannel.model.base import NAME
from neurochannel.model.problems import Remedy, short


def _share_name(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(NAME, text):
        raise ValueError(
            "must be a name of letters, digits, '_', '.' and '-' that begins with a letter or '_', "
            f"got {short(text)}; write for example share = 'recurrent'"
        )
    return text


Share = Annotated[
    str | None,
    Field(
        strict=True,
        description="A name: all that have it are one array, which changes once in each step.",
    ),
    AfterValidator(_share_name),
    Remedy("write a name, or leave it out for numbers of its own"),
]
