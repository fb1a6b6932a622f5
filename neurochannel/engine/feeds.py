"""A data set laid out for the kernels once, however many networks read it."""

from __future__ import annotations

import threading

import numpy as np

from neurochannel.data.dataset import Data, Split
from neurochannel.data.units import PIXELS, Units
from neurochannel.engine.feed import AT_REST, Feed, Moves, make_feed
from neurochannel.engine.gate import Batch


class Feeds:
    """Feeds for the parts of a data set, made at the first request and kept.

    Parameters
    ----------
    data
        The data set, which has passed the gate; None if there is none.
    dtype, n_outputs
        Of the networks that read it.
    units
        What a byte of x is worth where there is no data set to say so.
    """

    def __init__(
        self, data: Data | None, dtype: str, n_outputs: int, units: Units = PIXELS
    ) -> None:
        self.data = data
        self.units = data.units if data else units
        self._dtype = np.dtype(dtype)
        self._n_outputs = n_outputs
        self._kept: dict[int, Feed] = {}
        self._lock = threading.Lock()

    def fitting(self, data: Data | None, dtype: str, n_outputs: int) -> Feeds:
        """Return feeds for such networks: these, where they fit, so that all is laid out once."""
        same = data is self.data and np.dtype(dtype) == self._dtype and n_outputs == self._n_outputs
        return self if same else Feeds(data, dtype, n_outputs, self.units)

    def owns(self, examples: object) -> bool:
        """Tell whether examples are a part of the data set itself."""
        data = self.data
        return data is not None and (examples is data.train or examples is data.test)

    def of(self, examples: Split) -> Feed:
        """Lay a part of the data set out for the kernels, once."""
        with self._lock:
            if id(examples) not in self._kept:
                data = self.data
                moves = Moves.of(data) if data and examples is data.train else AT_REST
                batch = Batch(*examples, self.units)
                self._kept[id(examples)] = self.laid_out(batch, moves)
            return self._kept[id(examples)]

    def laid_out(self, batch: Batch, moves: Moves = AT_REST) -> Feed:
        """Lay other examples out for the kernels, which have passed the gate."""
        return make_feed(batch.x, batch.t, batch.units, self._dtype, self._n_outputs, moves)
