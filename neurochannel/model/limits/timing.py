"""Stages that depend on time: messages that are sent now and then, or arrive late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from neurochannel.model.limits.stage import Levels, Stage
from neurochannel.model.problems import Problem, Remedy

MOST = 2**24
Unit = Literal["example", "update"]


class Every(Stage):
    """Messages that are sent with the first of every few examples only.

    Examples are counted in the order of training, from the start of the run. For the others nothing
    is sent and nothing is learned from messages; they still count in the mean over a batch.

    Parameters
    ----------
    every
        How many examples there are for each one with messages; 1 for all.
    """

    every: Annotated[
        int,
        Field(strict=True, ge=1, le=MOST, description="One of how many examples has messages."),
        Remedy("leave it out for all"),
    ] = 1

    @property
    def clocked(self) -> bool:
        """Always."""
        return True

    @property
    def withholds(self) -> bool:
        """Always."""
        return True

    @property
    def silences(self) -> bool:
        """Always."""
        return True

    @property
    def kernel(self) -> str:
        """`send_every`."""
        return "send_every"

    def sent(self, n: float) -> float:
        """Return the part that the examples with messages have."""
        return n / self.every

    def levels(self, before: Levels) -> Levels:
        """Return those before it, and silence."""
        return None if before is None else np.union1d(before, [0.0])

    @property
    def text(self) -> str:
        """``every 4 examples``."""
        return f"every {self.every} examples"

    def remedy(self, largest: float) -> str:
        """Return that messages are to be sent more often."""
        return "choose a smaller every"


class Delay(Stage):
    """Late messages: that of an example arrives with a later one, and meets what is there then.

    The message of example e arrives with example e + delay, or that of update u with update
    u + delay, example for example. Until the first one arrives there is silence, 0. Where an update
    has more examples than the one whose messages arrive, the last of them hear nothing.

    Parameters
    ----------
    delay
        How late; 0 for at once.
    unit
        What it counts: "example" or "update".
    """

    delay: Annotated[
        int,
        Field(strict=True, ge=0, le=MOST, description="How late a message arrives."),
        Remedy("leave it out for messages that arrive at once"),
    ] = 0
    unit: Annotated[Unit, Field(description="What a delay counts: examples or updates.")] = (
        "example"
    )

    def _mistakes(self) -> Iterator[Problem]:
        if self.unit != "example" and not self.delay:
            yield Problem(
                ("unit",),
                f"must be left out where nothing is late, got '{self.unit}'; "
                "remove it, or give a delay, for example delay = 1",
                frozenset({"delay", "unit"}),
            )

    @property
    def active(self) -> bool:
        """Whether messages are late."""
        return self.delay > 0

    @property
    def remembers(self) -> bool:
        """Always: messages wait."""
        return True

    @property
    def kernel(self) -> str:
        """`delay_examples` or `delay_updates`."""
        return f"delay_{self.unit}s"

    @property
    def numbers(self) -> dict[str, float]:
        """None: how many messages wait is the size of their memory."""
        return {}

    def levels(self, before: Levels) -> Levels:
        """Return those before it, and the silence at the start."""
        return None if before is None else np.union1d(before, [0.0])

    @property
    def label(self) -> str:
        """``delay 4`` examples, or ``delay 1 update``."""
        unit = "" if self.unit == "example" else f" update{'s' * (self.delay != 1)}"
        return f"delay {self.delay}{unit}"

    @property
    def text(self) -> str:
        """``delay 4 examples``."""
        return f"delay {self.delay} {self.unit}{'s' * (self.delay != 1)}"

    def remedy(self, largest: float) -> str:
        """Return that messages are to arrive earlier."""
        return "choose a smaller delay"
