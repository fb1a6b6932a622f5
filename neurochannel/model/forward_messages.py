"""Which limits of messages forward edges cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.model.limits import Message, Update
from neurochannel.model.problems import Problem


def not_forward(message: Message) -> Iterator[Problem]:
    """Find limits that activity cannot have, which is needed at once and for each example alone."""
    if message.delay:
        yield Problem(
            ("message", "delay"),
            f"must be left out of forward edges, got {message.delay}; a forward delay needs a "
            "recurrent schedule",
            frozenset({"message"}),
        )
    if message.every != 1:
        yield Problem(
            ("message", "every"),
            f"must be left out of forward edges, got {message.every}; every example needs activity",
            frozenset({"message"}),
        )
    if message.range == "batch":
        yield Problem(
            ("message", "range"),
            'must be a number on forward edges, got "batch"; a prediction would depend on the '
            "examples that are scored with it",
            frozenset({"message"}),
        )


def lossy_by_example(message: Message, update: Update | None) -> Iterator[Problem]:
    """Find changes of single examples where wires lose what they carry on their own."""
    if message.per_wire and update is not None and update.by_example:
        yield Problem(
            ("update", "per"),
            'must be "batch" where wires lose or break messages on their own, got "example"; write '
            'per = "batch", or per = "message" in message',
            frozenset({"message", "update"}),
        )
