"""A stage, which is one thing that is done to a number, and limits, which are several of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from neurochannel.model.base import Description
from neurochannel.model.problems import Problem, listed

Levels = np.ndarray | None
"""All values that a number can have, rising; None where they are many or unknown."""
FULL = 64
"""Bits of a number that nothing has limited, for questions that do not depend on the machine."""


class Stage(Description):
    """One thing that is done to a number on its way; one kernel does it.

    The answers here are those of a stage that is always at work, leaves the number of bits as it
    is, draws nothing, and is named by its fields.
    """

    @property
    def active(self) -> bool:
        """Whether it changes anything; a stage at its neutral values compiles to nothing."""
        return bool(self.changed())

    @property
    def draws(self) -> bool:
        """Whether it uses random numbers, so that each bundle needs a copy of its own."""
        return False

    @property
    def remembers(self) -> bool:
        """Whether it keeps earlier messages, each bundle its own."""
        return False

    @property
    def clocked(self) -> bool:
        """Whether it depends on how many examples or updates there were."""
        return self.remembers

    @property
    def withholds(self) -> bool:
        """Whether it chooses which numbers are sent at all; others get no noise."""
        return False

    @property
    def of_chip(self) -> bool:
        """Whether it differs from wire to wire by a map of the chip, each bundle having its own."""
        return False

    @property
    def at_wires(self) -> bool:
        """Whether it acts on each wire of a message apart, where the message is delivered."""
        return False

    @property
    def of_neuron(self) -> bool:
        """Whether it draws once for all sums that a neuron receives, and not for each of them."""
        return False

    @property
    def silences(self) -> bool:
        """Whether many numbers may be exactly 0 after it."""
        return False

    @property
    def local(self) -> bool:
        """Whether a neuron needs nothing for it but its own number."""
        return True

    @property
    def kernel(self) -> str:
        """Name of the kernel that does it."""
        return type(self).__name__.lower()

    @property
    def chance(self) -> str:
        """What its draws are named after: stages of one name draw the same numbers."""
        return self.kernel

    @property
    def numbers(self) -> dict[str, float]:
        """The kernel's numeric operands by name."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def charged(self, bits: float, signed: bool) -> tuple[float, bool]:
        """Return how many bits a number needs after it, and whether one of them is a sign."""
        return bits, signed

    def sent(self, n: float) -> float:
        """Return how many of n numbers are sent for each example, in the mean."""
        return n

    def delivered(self, n: float) -> float:
        """Return how many of n numbers that are sent arrive, in the mean."""
        return n

    def address_bits(self, n: int) -> int:
        """Return the bits that say which of n neurons sends a number."""
        return 0

    def levels(self, before: Levels) -> Levels:
        """Return the values that a number can have after it, from those before it."""
        return None

    @property
    def label(self) -> str:
        """A word or two for drawings."""
        return ", ".join(f"{key} {_short(value)}" for key, value in self.changed().items())

    @property
    def text(self) -> str:
        """The same in full, for sentences."""
        return self.label

    def remedy(self, largest: float) -> str:
        """Return what to do where too little is left of numbers up to this magnitude."""
        return f"choose another {listed(self.changed(), 'or')}"

    def reach(self, largest: float) -> float:
        """Return the largest magnitude that it leaves of numbers up to this one."""
        return largest


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


class Limits(Stage):
    """Several stages one after the other.

    A class that inherits this first and then the classes of its stages has their fields, and
    applies them in the order in which it names them. All answers are folds over its stages.
    """

    @classmethod
    def kinds(cls) -> tuple[type[Stage], ...]:
        """Return the classes of its stages in the order of application."""
        holder = next(part for part in cls.__mro__ if Limits in part.__bases__)
        return tuple(part for part in holder.__bases__ if part is not Limits)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """What is done, in this order; empty if nothing is."""
        return tuple(stage for stage in self._made() if stage.active)

    def _made(self) -> Iterator[Stage]:
        """Yield all its stages, at work or not."""
        for kind in self.kinds():
            own = {name: getattr(self, name) for name in kind.model_fields}
            yield kind(**{name: value for name, value in own.items() if value is not None})

    def _mistakes(self) -> Iterator[Problem]:
        for kind in self.kinds():
            yield from kind._mistakes(self)

    @cached_property
    def active(self) -> bool:
        """Whether any stage is at work."""
        return bool(self.stages)

    @cached_property
    def draws(self) -> bool:
        """Whether any stage draws."""
        return any(stage.draws for stage in self.stages)

    @cached_property
    def remembers(self) -> bool:
        """Whether any stage keeps earlier messages."""
        return any(stage.remembers for stage in self.stages)

    @property
    def clocked(self) -> bool:
        """Whether any stage depends on the time."""
        return any(stage.clocked for stage in self.stages)

    @property
    def withholds(self) -> bool:
        """Whether any stage chooses which numbers are sent."""
        return any(stage.withholds for stage in self.stages)

    @cached_property
    def silences(self) -> bool:
        """Whether any stage leaves many numbers at 0."""
        return any(stage.silences for stage in self.stages)

    @property
    def local(self) -> bool:
        """Whether all stages are local."""
        return all(stage.local for stage in self.stages)

    @cached_property
    def written(self) -> str:
        """All that is not the default as JSON: equal for equal limits."""
        return self.model_dump_json()

    @property
    def kernel(self) -> NoReturn:
        """Limits have a kernel for each stage."""
        raise TypeError("limits have no kernel of their own; look at those of their stages")

    @property
    def numbers(self) -> NoReturn:
        """Limits have numbers for each stage."""
        raise TypeError("limits have no numbers of their own; look at those of their stages")

    def charged(self, bits: float, signed: bool) -> tuple[float, bool]:
        """Return how many bits are left after all stages, and whether one is a sign."""
        for stage in self.stages:
            bits, signed = stage.charged(bits, signed)
        return bits, signed

    def sent(self, n: float) -> float:
        """Return how many of n numbers are sent after all stages, later ones choosing first."""
        for stage in reversed(self.stages):
            n = stage.sent(n)
        return n

    def delivered(self, n: float) -> float:
        """Return how many of n numbers that are sent arrive after all stages."""
        for stage in self.stages:
            n = stage.delivered(n)
        return n

    def address_bits(self, n: int) -> int:
        """Return the bits of addresses that any stage needs."""
        return max((stage.address_bits(n) for stage in self.stages), default=0)

    def levels(self, before: Levels) -> Levels:
        """Return the values that a number can have after all stages."""
        for stage in self.stages:
            before = stage.levels(before)
        return before

    @property
    def only_signs(self) -> bool:
        """Whether no more than a sign is meant to be left."""
        return self.charged(FULL, True)[0] <= 1

    @property
    def labels(self) -> tuple[str, ...]:
        """The words of all stages."""
        return tuple(stage.label for stage in self.stages)

    @property
    def label(self) -> str:
        """The words of all stages, joined by commas."""
        return ", ".join(self.labels)

    @property
    def text(self) -> str:
        """The same in full."""
        return ", ".join(stage.text for stage in self.stages)

    def remedy(self, largest: float) -> str:
        """Return the remedies of the stages that leave zeros, or that of the last one."""
        silent, remedies = any(stage.silences for stage in self.stages), []
        for stage in self.stages:
            if stage.silences or (not silent and stage is self.stages[-1]):
                remedies.append(stage.remedy(largest))
            largest = stage.reach(largest)
        return ", or ".join(remedies)
