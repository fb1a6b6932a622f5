"""Public names that were removed, and their replacements; docs/migrating.md lists them as well."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from neurochannel.errors import OptionError

RENAMED = {
    "Network.from_file": "nc.read(path)",
    "Network.to_file": "nc.write(network, path)",
    "Network.from_networkx": "nc.from_networkx(graph)",
    "Network.to_networkx": "nc.to_networkx(network)",
    "Network.from_arrays": "nc.from_arrays(forward, channel)",
    "Simulation.plan": "run.listing()",
    "Study.plan": "nc.points(study)",
    "Study.rows": "nc.outcomes(folder), a pandas frame",
    "Study.run": "nc.run_study(study, folder)",
    "neurochannel.Table": "nc.outcomes(folder), a pandas frame",
}
KEYWORDS = {
    "Recipe": {"distribution": "init"},
    "to_networkx": {"weights": "run"},
    "write": {"weights": "run"},
}
"""By function or class: keywords that are gone, and those that replace them."""

Given = ParamSpec("Given")
Returned = TypeVar("Returned")


def why_gone(owner: str, name: str) -> str | None:
    """Return the sentence with the replacement of a removed name; None for any other name."""
    old = f"{owner}.{name}"
    return f"{old} is gone; use {RENAMED[old]}" if old in RENAMED else None


class Gone:
    """A removed attribute, whose use raises an AttributeError that names the replacement.

    A class with `__getattr__` could do the same, but IPython completes nothing of its values.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._told, self._name = why_gone(owner.__name__, name), name

    def __get__(self, holder: object, kind: type) -> Any:
        raise AttributeError(self._told, name=self._name, obj=holder)


def is_gone(holder: object, name: str) -> bool:
    """Tell whether an attribute was removed."""
    return why_gone(type(holder).__name__, name) is not None


def why_keyword_gone(owner: str, name: str) -> str | None:
    """Return what to write for a keyword, without its name; None if it is none of these."""
    new = KEYWORDS.get(owner, {}).get(name)
    return f"is gone; use {new}" if new else None


def telling_keywords(make: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Make a function tell the new names of its keywords that are gone.

    Raises
    ------
    OptionError
        When the function is called with one of them.
    """

    @wraps(make)
    def checked(*args: Given.args, **options: Given.kwargs) -> Returned:
        given: dict[str, Any] = options
        for name in given:
            if told := why_keyword_gone(make.__name__, name):
                raise OptionError(f"{name} {told}")
        return make(*args, **options)

    return checked
