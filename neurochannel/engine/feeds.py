"""A data set laid out for the kernels once, however many networks read it."""

from __future__ import annotations

import threading

import numpy as np

from neurochannel.engine.datasets import DataSet, Examples
from neurochannel.engine.feed import BYTE, make_feed
from neurochannel.kernels.run import Feed


class Feeds:
    """Feeds for the parts of a data set, made at the first request and kept.

    Parameters
    ----------
    data
        The data set, None if there is none.
    dtype, n_outputs
        Of the networks that read it.
    scale
        What a byte of x is worth where there is no data set to say so.
    """

    def __init__(
        self, data: DataSet | None, dtype: str, n_outputs: int, scale: float = BYTE
    ) -> None:
        self.data = data
        self.scale = data.scale if data else scale
        self._dtype = np.dtype(dtype)
        self._n_outputs = n_outputs
        self._kept: dict[int, Feed] = {}
        self._lock = threading.Lock()

    def of(self, examples: Examples) -> Feed:
        """Lay examples out for the kernels; those of the data set itself only once."""
        data = self.data
        if data is None or not (examples is data.train or examples is data.test):
            return self._make(examples)
        with self._lock:
            if id(examples) not in self._kept:
                self._kept[id(examples)] = self._make(examples)
            return self._kept[id(examples)]

    def _make(self, examples: Examples) -> Feed:
        return make_feed(examples.x, examples.t, self.scale, self._dtype, self._n_outputs)
