"""The options of bringing a graph of another tool, checked once for Python and the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict

from neurochannel.errors import OptionError
from neurochannel.model.populations import Population
from neurochannel.model.problems import did_you_mean, listed, short
from neurochannel.model.recipe_names import channel_from_text

Selection = str | Sequence[Any] | Mapping[str, Any] | Callable[[Mapping[str, Any]], Any]
REFUSE, DROP, KEEP = "refuse", "drop", "keep"
BACKWARD = "drop-backward"
UNROLL = re.compile(r"unroll=(\d{1,4})")
MOST_STEPS = 1000
FIRST, LAST = "first", "last"
MIRROR = "mirror"
NONE = "none"
CHOICES: dict[str, tuple[str | None, ...]] = {
    "layout": (None, "edges", "matrix"),
    "unknown": ("ignore", KEEP, REFUSE),
    "isolated": (REFUSE, DROP),
    "parallel": (REFUSE, "sum", "first"),
    "loops": (REFUSE, DROP),
    "stimulus": ("each", FIRST),
    "reach": ("all", LAST),
    "undirected": (REFUSE, "as-written", "both"),
    "rows": ("sources", "targets"),
}
SCALES = ("unit", "mean", "max")


class ImportOptions(TypedDict, total=False):
    """The fields of `ImportSettings`."""

    kind: str | None
    inputs: Selection | None
    outputs: Selection | None
    activation: str | None
    output_activation: str | None
    weight: str | None
    scale: float | str | None
    names: str | None
    unknown: str
    ignore: Sequence[str]
    undirected: str
    parallel: str
    loops: str
    cycles: str
    stimulus: str
    reach: str
    order: str | Sequence[Any] | None
    isolated: str
    channel: Any
    layout: str | None
    columns: str | tuple[str, str] | None
    variable: str | None
    rows: str
    report: Callable[[str], object] | None


@dataclass(frozen=True)
class ImportSettings:
    """How a graph of another tool becomes a network; `from_networkx` says what each means.

    Raises
    ------
    OptionError, NetworkError
        If a value is none of those that there are, or the channel is no recipe.
    """

    kind: str | None = None
    inputs: Selection | None = None
    outputs: Selection | None = None
    activation: str | None = None
    output_activation: str | None = None
    weight: str | None = "weight"
    scale: float | str | None = None
    names: str | None = None
    unknown: str = "ignore"
    ignore: Sequence[str] = ()
    undirected: str = REFUSE
    parallel: str = REFUSE
    loops: str = REFUSE
    cycles: str = REFUSE
    stimulus: str = "each"
    reach: str = "all"
    order: str | Sequence[Any] | None = None
    isolated: str = REFUSE
    channel: Any = None
    layout: str | None = None
    columns: str | tuple[str, str] | None = None
    variable: str | None = None
    rows: str = "sources"
    report: Callable[[str], object] | None = None

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                hint = did_you_mean(value, [c for c in choices if c]) or "choose one of them"
                quoted = listed([f"'{choice}'" for choice in choices if choice], "or")
                raise OptionError(f"{name} must be {quoted}, got {short(value)}; {hint}")
        self._check_scale()
        self._check_cycles()
        for name in ("activation", "output_activation"):
            if (value := getattr(self, name)) is not None:
                try:
                    Population(activation=value, size=2)
                except ValueError as error:
                    raise OptionError(f"{name}: {error}") from None
        if isinstance(self.channel, str) and self.channel not in (MIRROR, NONE):
            channel_from_text(self.channel)
        if isinstance(self.ignore, str):
            object.__setattr__(
                self, "ignore", tuple(part.strip() for part in self.ignore.split(","))
            )

    @property
    def steps(self) -> int | None:
        """Over how many steps of time a recurrent graph is unrolled, None if it is not."""
        found = UNROLL.fullmatch(self.cycles) if isinstance(self.cycles, str) else None
        return int(found[1]) if found else None

    def _check_cycles(self) -> None:
        value, steps = self.cycles, self.steps
        if value not in (REFUSE, BACKWARD) and steps is None:
            hint = did_you_mean(value, (REFUSE, BACKWARD)) or "choose one of them"
            raise OptionError(
                "cycles must be 'refuse', 'drop-backward' or 'unroll=K' with K steps of time, got "
                f"{short(value)}; {hint}"
            )
        if steps is not None and not 2 <= steps <= MOST_STEPS:
            raise OptionError(
                f"cycles must be unrolled over 2 to {MOST_STEPS:,} steps of time, got {steps:,}; "
                "write for example 'unroll=4'"
            )
        if steps is not None and self.order is not None:
            raise OptionError(
                f"order must be left out with cycles='{value}', which keeps edges in all "
                "directions; remove one of the two"
            )
        for name, usual in (("stimulus", "each"), ("reach", "all")):
            if steps is None and getattr(self, name) != usual:
                raise OptionError(
                    f"{name} must be left out without steps of time; give cycles='unroll=4'"
                )

    def _check_scale(self) -> None:
        value = self.scale
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is None or value in SCALES or (is_number and 0 < abs(float(value)) < 1e300):
            return
        raise OptionError(
            f"scale must be a number other than 0, 'unit', 'mean' or 'max', got {short(value)}; "
            "'mean' makes each neuron hear the weighted mean of its sources"
        )


def options_of(given: Mapping[str, Any]) -> ImportSettings:
    """Return options by their names.

    Raises
    ------
    OptionError
        If there is no such option, or a value is wrong.
    """
    known = [part.name for part in fields(ImportSettings)]
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or f"the options are {listed(known)}"
            raise OptionError(f"{name} is not an option of graphs of other tools; {hint}")
    return ImportSettings(**given)
