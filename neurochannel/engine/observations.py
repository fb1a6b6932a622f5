"""What observers have measured, at the epochs at which they did."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.errors import OptionError

LONGEST_NAME = 200


class Series(NamedTuple):
    """One quantity over time.

    Parameters
    ----------
    epochs
        After how many complete epochs it was measured, 0 before the first; rising, (n,) int64.
    values
        (n,) float64, or (n, k) for what has k parts; NaN where it is not defined.
    labels
        Names of the k parts, None if they have none.
    """

    epochs: np.ndarray
    values: np.ndarray
    labels: tuple[str, ...] | None = None


class Observations(Mapping[str, Series]):
    """Series by name, such as "alignment: hidden1", in the order in which they began."""

    def __init__(self, series: Mapping[str, Series] | None = None) -> None:
        self._series = {name: _sealed(*kept) for name, kept in (series or {}).items()}

    def add(
        self, name: str, epoch: int, value: ArrayLike, labels: tuple[str, ...] | None = None
    ) -> None:
        """Note a number, or one for each label, for an epoch; it replaces an earlier one.

        Raises
        ------
        OptionError
            If the name is not one line without "/", if a later epoch is noted already, or if the
            value has other parts than before.
        """
        _check_name(name)
        row = np.asarray(value, np.float64)[np.newaxis]
        if row.ndim > 2 or not row.size or (labels is not None and row.shape[1:] != (len(labels),)):
            raise OptionError(
                f"observation '{name}' must be a number, or one number for each label, "
                f"got shape {row.shape[1:]}"
            )
        old = self._series.get(name, Series(np.zeros(0, np.int64), row[:0], labels))
        if row.shape[1:] != old.values.shape[1:] or labels != old.labels:
            raise OptionError(
                f"observation '{name}' must have the parts that it had before, "
                f"{_parts(old.values, old.labels)}, got {_parts(row, labels)}; give it another name"
            )
        if epoch < 0 or (len(old.epochs) and epoch < old.epochs[-1]):
            last = old.epochs[-1] if len(old.epochs) else 0
            raise OptionError(
                f"observation '{name}' must not go back from epoch {last} to {epoch}; "
                "observe a run in the order of its epochs"
            )
        kept = old.epochs < epoch
        self._series[name] = _sealed(
            np.append(old.epochs[kept], np.int64(epoch)),
            np.concatenate([old.values[kept], row]),
            labels,
        )

    def copy(self) -> dict[str, Series]:
        """Return all series by name, at once, also while another thread adds some."""
        return dict(self._series)

    def __reduce__(self) -> tuple[type[Observations], tuple[dict[str, Series]]]:
        return Observations, (self.copy(),)

    def __getitem__(self, name: str) -> Series:
        if name not in self._series:
            there = ", ".join(map(repr, self._series)) or "nothing"
            raise KeyError(f"{name!r} was not observed; there is {there}")
        return self._series[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return f"<observations: {', '.join(self._series) or 'none'}>"

    def last(self) -> dict[str, dict[str, Any]]:
        """Return the newest "epoch", "value" and, where there are any, "labels" of each series."""
        newest: dict[str, dict[str, Any]] = {}
        for name, (epochs, values, labels) in self._series.items():
            newest[name] = {"epoch": int(epochs[-1]), "value": values[-1].tolist()}
            if labels is not None:
                newest[name]["labels"] = list(labels)
        return newest


def _check_name(name: str) -> None:
    fits = 0 < len(name) <= LONGEST_NAME and name.isprintable() and "/" not in name
    if not fits or not name.strip(". "):
        raise OptionError(
            f"the name of an observation must be one line of at most {LONGEST_NAME} letters "
            f"without '/', got {reprlib.repr(name)}; write for example 'alignment: hidden1'"
        )


def _parts(rows: np.ndarray, labels: tuple[str, ...] | None) -> str:
    if rows.ndim == 1:
        return "one number"
    return f"{rows.shape[1]} numbers" + ("" if labels is None else f" named {reprlib.repr(labels)}")


def _sealed(epochs: np.ndarray, values: np.ndarray, labels: tuple[str, ...] | None) -> Series:
    """Return a series whose arrays nobody can change."""
    arrays = [np.ascontiguousarray(array).view() for array in (epochs, values)]
    for array in arrays:
        array.flags.writeable = False
    return Series(arrays[0], arrays[1], labels)
