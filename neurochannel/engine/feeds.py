"""A data set laid out for the kernels once, however many networks read it."""

from __future__ import annotations

import threading

import numpy as np

from neurochannel.data.array_checks import BYTE
from neurochannel.data.dataset import Data, Split
from neurochannel.engine.feed import Feed, make_feed
from neurochannel.engine.gate import Batch


class Feeds:
    """Feeds for the parts of a data set, made at the first request and kept.

    Parameters
    ----------
    data
        The data set, which has passed the gate; None if there is none.
    dtype, n_outputs
        Of the networks that read it.
    scale
        What a byte of x is worth where there is no data set to say so.
    """

    def __init__(self, data: Data | None, dtype: str, n_outputs: int, scale: float = BYTE) -> None:
        self.data = data
        self.scale = data.scale if data else scale
        self._dtype = np.dtype(dtype)
        self._n_outputs = n_outputs
        self._kept: dict[int, Feed] = {}
        self._lock = threading.Lock()

    def fitting(self, data: Data | None, dtype: str, n_outputs: int) -> Feeds:
        """Return feeds for such networks: these, where they fit, so that all is laid out once."""
        same = data is self.data and np.dtype(dtype) == self._dtype and n_outputs == self._n_outputs
        return self if same else Feeds(data, dtype, n_outputs, self.scale)

    def owns(self, examples: object) -> bool:
        """Tell whether examples are a part of the data set itself."""
        data = self.data
        return data is not None and (examples is data.train or examples is data.test)

    def of(self, examples: Split) -> Feed:
        """Lay a part of the data set out for the kernels, once."""
        with self._lock:
            if id(examples) not in self._kept:
                self._kept[id(examples)] = self.laid_out(Batch(*examples, self.scale))
            return self._kept[id(examples)]

    def laid_out(self, batch: Batch) -> Feed:
        """Lay other examples out for the kernels, which have passed the gate."""
        return make_feed(batch.x, batch.t, batch.scale, self._dtype, self._n_outputs)
