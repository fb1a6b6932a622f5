"""Numbers that stages and steps have in common, with their bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neurochannel.model.problems import Remedy

Amount = Annotated[
    float, Field(strict=True, ge=0, allow_inf_nan=False), Remedy("leave it out for none")
]
"""From 0, which is none, to any finite number."""
Scale = Annotated[
    float,
    Field(
        strict=True,
        gt=0,
        allow_inf_nan=False,
        description="The largest magnitude that the bits can express.",
    ),
    Remedy("1.0 is the range of the error"),
]
