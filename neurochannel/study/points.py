"""A point: all that defines one training, and the name that follows from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from functools import cached_property

from neurochannel.hooks import Readable

FORMAT = 1
"""Rises when the same point would give other numbers or be kept in another form."""


@dataclass(frozen=True, repr=False)
class Point(Readable):
    """One training of a study; it can be sent anywhere.

    Parameters
    ----------
    network
        TOML text of the network with all its sizes and without its name.
    data, fingerprint
        Name or path of the data set, and the hash of its content.
    epochs, batch_size, rate, decay, dtype, evaluate_every
        As in `Training`.
    seed
        Of every random draw.
    record
        What is kept in addition to the outcome, sorted.
    """

    network: str
    data: str
    fingerprint: str
    epochs: int
    batch_size: int
    rate: float
    decay: float
    dtype: str
    evaluate_every: int | tuple[int, ...] | None
    seed: int
    record: tuple[str, ...]

    @cached_property
    def id(self) -> str:
        """A hash of what defines the outcome: the content of the data, not what it is called."""
        defining = {name: getattr(self, name) for name in DEFINING}
        text = json.dumps({"format": FORMAT, **defining}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def __repr__(self) -> str:
        return f"<point {self.id}: {self.data}, {self.epochs} epochs, seed {self.seed}>"


DEFINING = tuple(field.name for field in fields(Point) if field.name != "data")
