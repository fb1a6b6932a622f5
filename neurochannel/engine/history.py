"""The record after each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from neurochannel.engine.observations import Observations, Series


class Score(NamedTuple):
    """Mean loss per example, and fraction of right answers (NaN where there are no classes)."""

    loss: float
    accuracy: float


MISSING = Score(float("nan"), float("nan"))


class Record(NamedTuple):
    """One line of the history; `seconds` is the time of training alone."""

    epoch: int
    updates: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float


class History(Mapping[str, np.ndarray]):
    """Records as arrays by name: epoch, updates, train_loss, ..., seconds; NaN if not measured.

    What observers have measured at epochs of their own, before the first one too, is in
    `observations`.
    """

    def __init__(
        self,
        records: list[Record] | None = None,
        observations: Mapping[str, Series] | None = None,
    ) -> None:
        self.records = records or []
        self.observations = Observations(observations)

    def __reduce__(self) -> tuple[type[History], tuple[list[Record], dict[str, Series]]]:
        return History, (list(self.records), self.observations.copy())

    def append(self, record: Record) -> None:
        """Add the record of an epoch."""
        self.records.append(record)

    @property
    def last(self) -> Record | None:
        """The newest record, if there is one."""
        return self.records[-1] if self.records else None

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in Record._fields:
            raise KeyError(f"{name!r} is not recorded; there are {', '.join(Record._fields)}")
        kind = np.int64 if name in ("epoch", "updates") else np.float64
        return np.array([getattr(record, name) for record in self.records], kind)

    def __iter__(self) -> Iterator[str]:
        return iter(Record._fields)

    def __len__(self) -> int:
        return len(Record._fields)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return f"<history of {len(self.records)} epochs: {', '.join(Record._fields)}>"
