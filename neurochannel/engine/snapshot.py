"""All that changes in a simulation, as plain arrays and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neurochannel.data.units import PIXELS, Units
from neurochannel.engine.history import Record
from neurochannel.engine.observations import Series


@dataclass
class Progress:
    """How far training has come.

    Parameters
    ----------
    epoch
        Epochs that are complete.
    position
        Examples of the current epoch that are done; a multiple of the batch size.
    updates
        Updates since the beginning.
    seconds
        Time spent on the current epoch so far.
    """

    epoch: int = 0
    position: int = 0
    updates: int = 0
    seconds: float = 0.0

    def advance(self, position: int, batch_size: int, seconds: float) -> None:
        """Note that the current epoch has come to `position`."""
        self.updates += -(-(position - self.position) // batch_size)
        self.position = position
        self.seconds += seconds

    def complete_epoch(self) -> None:
        """Note that the current epoch is complete; its seconds stand until the next one begins."""
        self.epoch += 1
        self.position = 0


@dataclass(frozen=True)
class Snapshot:
    """A simulation at rest.

    Parameters
    ----------
    parameters
        Arrays by key ("weights:a -> b", "bias:b", "channel:error -> b"): (n_source, n_receiver)
        for all-to-all bundles, (n_edges,) for sparse ones.
    edges
        (start, receivers) of the sparse bundles by key: edges start[s] .. start[s + 1] leave
        source s.
    state
        State that lasts beyond a batch, by key ("velocity:weights:a -> b"), in its owner's shape.
    units
        What a byte of uint8 inputs is worth where no data set tells.
    observations
        What observers have measured, by name.
    chip
        A CRC-32 of each map of the chip, by name.
    """

    parameters: dict[str, np.ndarray]
    edges: dict[str, tuple[np.ndarray, np.ndarray]]
    progress: Progress = field(default_factory=Progress)
    records: tuple[Record, ...] = ()
    state: Mapping[str, np.ndarray] = field(default_factory=dict)
    units: Units = PIXELS
    observations: Mapping[str, Series] = field(default_factory=dict)
    chip: Mapping[str, int] = field(default_factory=dict)
