"""Runs as values: snapshots, and the copies, pickles and branches that are made from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from neurochannel.data.dataset import Data
from neurochannel.engine.branches import Parent, sized_like
from neurochannel.engine.chip import check_maps, map_sums
from neurochannel.engine.datasets import Given
from neurochannel.engine.edgelists import EdgeList, stored_edges
from neurochannel.engine.feeds import Feeds
from neurochannel.engine.gate import checked_network, fitted
from neurochannel.engine.history import History
from neurochannel.engine.machine import Machine
from neurochannel.engine.options import Options
from neurochannel.engine.rates import Rate, check_picklable
from neurochannel.engine.snapshot import Progress, Snapshot
from neurochannel.engine.turns import Turns
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Network


class Copyable(ABC):
    """What can be copied, pickled and branched since a snapshot tells all that changes in it."""

    network: Network
    data: Data | None
    options: Options
    machine: Machine
    progress: Progress
    history: History
    _feeds: Feeds
    _turns: Turns

    @abstractmethod
    def _start(
        self, sized: Network, feeds: Feeds, options: Options, like: dict[str, EdgeList] | Machine
    ) -> None: ...

    def snapshot(self) -> Snapshot:
        """Return copies of all that changes, to be kept and given to `from_snapshot`.

        While another thread trains, they are those of the next batch boundary.
        """
        machine = self.machine
        with self._turns.taken():
            return Snapshot(
                parameters={key: machine.parameter(key).copy() for key in machine.spans},
                state={key: array.copy() for key, array in machine.states().items()},
                edges={key: (edges.start, edges.receivers) for key, edges in machine.edges.items()},
                progress=replace(self.progress),
                records=tuple(self.history.records),
                units=self._feeds.units,
                observations=self.history.observations.copy(),
                chip=map_sums(machine.maps()),
            )

    @classmethod
    def from_snapshot(
        cls, network: Network, data: Given | None, options: Options, snapshot: Snapshot
    ) -> Self:
        """Return a simulation that resumes exactly where a snapshot was taken.

        Raises
        ------
        OptionError
            If the snapshot's arrays do not fit the network, or the chip's maps are others.
        """
        sized, checked = fitted(network, data, options.dtype)
        feeds = Feeds(checked, options.dtype, sized.size(ERROR), snapshot.units)
        return cls._resumed(sized, feeds, options, snapshot)

    @classmethod
    def _resumed(cls, sized: Network, feeds: Feeds, options: Options, snapshot: Snapshot) -> Self:
        made = cls.__new__(cls)
        made._start(sized, feeds, options, stored_edges(sized, snapshot.edges))
        check_maps(map_sums(made.machine.maps()), snapshot.chip)
        made.machine.load(snapshot.parameters, snapshot.state)
        made.progress = replace(snapshot.progress)
        made.history = History(list(snapshot.records), snapshot.observations)
        return made

    def copy(self) -> Self:
        """Return an independent run that continues from here with the same bits.

        It shares the network and the data set, neither of which changes, and nothing else.
        `copy.copy` and `copy.deepcopy` do the same. Pickling, and so returning a run from another
        process, carries the data set along; a rate that is a function must then be defined at the
        top of a module.
        """
        return self._resumed(self.network, self._feeds, self.options, self.snapshot())

    __copy__ = copy

    def __deepcopy__(self, memo: object) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[object, ...]]:
        check_picklable(self.options.rate)
        kept = self.network, self.data, self.options, self.snapshot()
        return type(self).from_snapshot, kept

    def branch(
        self,
        network: Network | None = None,
        data: Given | None = None,
        *,
        rate: Rate | None = None,
        batch_size: int | None = None,
        seed: int | None = None,
        dtype: str | None = None,
        threads: int | None = None,
        chip_seed: int | None = None,
    ) -> Self:
        """Return a new run that starts with the weights that this one has learned.

        What is left out stays as it is here. Epoch, updates and history start from 0.

        Parameters
        ----------
        network
            Another one, for example with another channel; sizes that it leaves out are taken from
            the data, or from this run.
        data
            Another data set.
        rate, batch_size, seed, dtype, threads, chip_seed
            As in `Simulation`.

        Raises
        ------
        NetworkError
            If the network does not fit the data.
        DataError
            If it is no data set, or its targets do not suit output and loss.
        OptionError
            If the network shares no bundle with this run, or an option is out of range.

        Notes
        -----
        The weights of a bundle are taken over, whatever its `init` says, if this run has a bundle
        of the same name, sizes and edges in the same graph: a forward bundle, or a channel bundle
        with weights of its own, which are random, adaptive and, among themselves, concordant ones.
        Biases are taken over by name and size of the population. All else is drawn from the seed,
        and the chip's maps from `chip_seed`: where neither this run nor the network names one,
        another seed is another chip.

        A sparse bundle with the same `fan_in` or `density` keeps its list of edges, whatever the
        seed; one whose edges are chosen among those of the forward bundle keeps it if that one has
        its edges still. With any other rule the edges are drawn from the seed, or as listed, and
        are the same if the lists turn out to be.
        """
        chosen = self.data if data is None else data
        given: dict[str, Any] = {"rate": rate, "batch_size": batch_size, "seed": seed}
        given |= {"dtype": dtype, "threads": threads, "chip_seed": chip_seed}
        options = replace(self.options, **{k: v for k, v in given.items() if v is not None})
        wanted = checked_network(self.network if network is None else network)
        if chosen is None:
            wanted = sized_like(wanted, self.network)
        sized, checked = fitted(wanted, chosen, options.dtype)
        feeds = self._feeds.fitting(checked, options.dtype, sized.size(ERROR))
        parent = Parent(self.network, self.snapshot())
        made = type(self).__new__(type(self))
        made._start(sized, feeds, options, parent.edges_for(sized, options.seed))
        parent.hand_over(made.machine)
        return made
