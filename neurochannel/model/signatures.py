"""Signatures and docstrings that list the options of a `TypedDict`, for help and completion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, cleandoc, signature
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel

Made = TypeVar("Made", bound=Callable[..., Any])


def with_options(
    options: type[Mapping[str, Any]],
    model: type[BaseModel],
    without: tuple[str, ...] = (),
    **defaults: Any,
) -> Callable[[Made], Made]:
    """Return a decorator that spells out ``**options`` of a function.

    Parameters
    ----------
    options
        The `TypedDict` of the keywords and their types.
    model
        Has a field of the same name for each, with its default and description.
    without
        Keywords that the function does not take.
    **defaults
        Defaults of keywords that are not those of the model.
    """
    hints = {name: hint for name, hint in get_type_hints(options).items() if name not in without}

    def spell_out(make: Made) -> Made:
        own = signature(make)
        kept = [p for p in own.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
        listed = [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=defaults.get(name, model.model_fields[name].get_default()),
                annotation=hint,
            )
            for name, hint in hints.items()
        ]
        make.__signature__ = own.replace(parameters=[*kept, *listed])  # type: ignore[attr-defined]
        if make.__doc__:
            rows = [f"{name}\n    {model.model_fields[name].description}" for name in hints]
            head = "Other Parameters\n----------------"
            make.__doc__ = "\n".join([cleandoc(make.__doc__), "", head, *rows, ""])
        return make

    return spell_out
