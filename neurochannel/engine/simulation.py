"""A network with its weights, data and options: train it, score it, look inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.data.dataset import Data, Split
from neurochannel.data.sentences import FIXED_DATA
from neurochannel.engine.copies import Copyable
from neurochannel.engine.datasets import Given
from neurochannel.engine.decays import Fastest, checked_rates
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.epoch import EpochRunner, shuffled
from neurochannel.engine.feeds import Feeds
from neurochannel.engine.gate import Gate, fitted
from neurochannel.engine.history import MISSING, History, Record, Score
from neurochannel.engine.inspection import Inspector
from neurochannel.engine.listeners import methods_of
from neurochannel.engine.listing import Line, listing
from neurochannel.engine.machine import Machine
from neurochannel.engine.options import EvaluateEvery, Options, scored, whole
from neurochannel.engine.progress import Report, progress_bar
from neurochannel.engine.rates import Rate
from neurochannel.engine.scoring import score
from neurochannel.engine.snapshot import Progress
from neurochannel.engine.threads import one_blas_thread
from neurochannel.engine.turns import Turns
from neurochannel.engine.weight_views import Biases, ChannelWeights, Weights
from neurochannel.errors import OptionError
from neurochannel.interrupts import Halted, Stop, raise_if_stopped, stopping_at_signals
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Network
from neurochannel.renamed import Gone, is_gone

Callback = Callable[["Simulation"], object]
"""Called after each epoch; may also have `before(run)` and `note(run)`, see `Simulation.train`."""


class Simulation(Copyable):
    """One network learning from one data set.

    Parameters
    ----------
    network
        Its description; sizes that it leaves out are taken from the data.
    data
        A data set, (x, t) or (train_x, train_t, test_x, test_t); may be left out to look inside or
        to train by `step` alone.
    rate
        Learning rate: a number, a `Decay`, or a function of the number of updates. The change of a
        weight is the rate times the mean over the batch.
    batch_size, seed, dtype, threads
        Examples per update; seed of every random draw; "float32" or "float64"; threads that may
        share a batch, where the network is large enough for that.
    chip_seed
        Seed of the maps of the chip; None for that of the network, or else `seed`.

    Raises
    ------
    NetworkError
        If the network does not fit the data.
    DataError
        If it is no data set, or its targets do not suit output and loss.
    OptionError
        If an option is out of range.

    Notes
    -----
    Same network, data, options and seed give the same bits on the same kind of processor, however
    often training is interrupted. Another number of threads may change the last bits.
    """

    def __init__(
        self,
        network: Network,
        data: Given | None = None,
        *,
        rate: Rate = 0.1,
        batch_size: int = 100,
        seed: int = 0,
        dtype: str = "float32",
        threads: int = 1,
        chip_seed: int | None = None,
    ) -> None:
        options = Options(rate, batch_size, seed, dtype, threads, chip_seed)
        sized, checked = fitted(network, data, dtype)
        self._start(sized, Feeds(checked, dtype, sized.size(ERROR)), options, {})

    def _start(
        self,
        sized: Network,
        feeds: Feeds,
        options: Options,
        like: dict[str, EdgeList] | Machine,
        first: tuple[int, bool] = (1, True),
    ) -> None:
        Fastest.of(sized).check_first(options.rate)
        self.network = sized
        self.options = options
        self.history = History()
        self.progress = Progress()
        dtype, chip = np.dtype(options.dtype), options.chip_seed_of(sized)
        self.machine = (
            like.alike()
            if isinstance(like, Machine)
            else Machine(sized, options.seed, dtype, like, chip, options.batch_size, first)
        )
        self._feeds = feeds
        self._stop = Stop()
        self._turns = Turns(self._stop)

    @classmethod
    def sharing(cls, network: Network, feeds: Feeds, options: Options) -> Simulation:
        """Return a simulation that reads a data set which others read too, laid out once."""
        made = cls.__new__(cls)
        sized, _ = fitted(network, feeds.data, options.dtype)
        made._start(sized, feeds, options, {})
        return made

    @classmethod
    def from_edges(
        cls,
        network: Network,
        options: Options,
        like: dict[str, EdgeList] | Machine,
        first: tuple[int, bool] = (1, True),
    ) -> Simulation:
        """Return a simulation without data whose single edges are there already.

        Parameters
        ----------
        like
            The edges by key; or the machine of a run of the same network with the same seed and
            dtype, without messages that are late by updates: what it has compiled is not compiled
            again, and its numbers are copied. Both runs are for one thread then.
        first
            Examples of the batch that comes first, and whether its targets are labels: the program
            for it is compiled at once.
        """
        made = cls.__new__(cls)
        made._start(network, Feeds(None, options.dtype, network.size(ERROR)), options, like, first)
        return made

    def __repr__(self) -> str:
        return f"<simulation of '{self.network.name}' after {self.epoch} epochs>"

    def __dir__(self) -> list[str]:
        return [n for n in super().__dir__() if not (n.startswith("_") or is_gone(self, n))]

    @property
    def data(self) -> Data | Any:
        """The data set that it learns from, None without one."""
        return self._feeds.data

    @data.setter
    def data(self, other: object) -> None:
        raise OptionError(FIXED_DATA)

    @property
    def rate(self) -> Rate:
        """Learning rate: a number, a `Decay` or a function."""
        return self.options.rate

    @property
    def batch_size(self) -> int:
        """Examples per update."""
        return self.options.batch_size

    @property
    def seed(self) -> int:
        """Seed of every random draw."""
        return self.options.seed

    @property
    def chip_seed(self) -> int:
        """Seed of the maps of the chip."""
        return self.options.chip_seed_of(self.network)

    @property
    def chip(self) -> dict[str, np.ndarray]:
        """How the devices of this chip differ: its maps by name, "gain:hidden1", read-only."""
        return self.machine.maps()

    @property
    def dtype(self) -> str:
        """Kind of all numbers, "float32" or "float64"."""
        return self.options.dtype

    @property
    def threads(self) -> int:
        """Threads that may share a batch."""
        return self.options.threads

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        return self.progress.epoch

    @property
    def updates_done(self) -> int:
        """Updates since the beginning."""
        return self.progress.updates

    @cached_property
    def weights(self) -> Weights:
        """Forward weights by bundle name, (n_source, n_receiver)."""
        return Weights(self.machine, self._turns)

    @cached_property
    def biases(self) -> Biases:
        """Biases by population, (n,)."""
        return Biases(self.machine, self._turns)

    @cached_property
    def channel_weights(self) -> ChannelWeights:
        """Channel weights by bundle name as the next step uses them, (n_source, n_receiver)."""
        return ChannelWeights(self.machine, lambda: self.updates_done, self._turns)

    def edges(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (sources, receivers) of a forward bundle's single edges, sorted by both."""
        return self.weights.edges(name)

    def channel_edges(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (sources, receivers) of a channel bundle's single edges, sorted by both."""
        return self.channel_weights.edges(name)

    def edge_weights(self, name: str) -> np.ndarray:
        """Return the weights of a forward bundle's single edges, in the order of `edges`."""
        return self.weights.listed(name)

    def channel_edge_weights(self, name: str) -> np.ndarray:
        """Return the weights of a channel bundle's edges, in the order of `channel_edges`."""
        return self.channel_weights.listed(name)

    plan = Gone()

    def listing(self) -> list[Line]:
        """Return the program of a step, call by call: the kernel, what it reads and changes."""
        with self._turns.taken():
            if self.data is None:
                program = self.machine.program(self.batch_size, labels=True)
            else:
                program = self._runner(self.data.train).program
        return listing(program)

    # -- training ---------------------------------------------------------------------------

    def train(
        self,
        epochs: int,
        callbacks: Iterable[Callback] = (),
        *,
        progress: bool | None = None,
        evaluate_every: EvaluateEvery = 1,
    ) -> History:
        """Train for this many more epochs.

        Parameters
        ----------
        epochs
            How many; an epoch that was interrupted is completed first and counts as one.
        callbacks
            Called with this simulation after each epoch. The method `before` of one that has it is
            called as well, before the first; `note` returns a text for the progress bar.
        progress
            Whether to show a progress bar; None: in a notebook, or if stderr is a terminal.
        evaluate_every
            Score train and test data after every epoch with such a number, or after the epochs
            listed, counted from the start of the run, and after the last one; None for never.

        Raises
        ------
        DivergenceError
            If numbers stop being finite; callbacks of that epoch are not called.
        KeyboardInterrupt
            At Ctrl-C, after the current batch; what was learned is kept, and `train` resumes there.
            At `stop` it returns instead.
        OptionError
            If there is no data, a number is below 1 or another thread is training this run.

        Notes
        -----
        Other threads may read, evaluate, copy and save the run meanwhile: training makes way for
        them after the current batch, and continues with the same bits.
        """
        epochs = whole("epochs", epochs)
        due = scored(evaluate_every)
        data, listeners = self._data(), list(callbacks)
        runner = self._runner(data.train)
        runner.prepare()
        with (
            self._turns.training(),
            one_blas_thread(),
            stopping_at_signals(self._stop),
            progress_bar(epochs, progress) as report,
        ):
            for prepare in methods_of(listeners, "before"):
                prepare(self)
            with suppress(Halted):
                for done in range(epochs):
                    last, notes = done == epochs - 1, self._notes(listeners)
                    with self._turns.taken():
                        self._train_epoch(runner, done, report, notes)
                        self._record(data, due(self.epoch, last))
                    for callback in listeners:
                        callback(self)
                    report(done + 1, self.history.last, self._notes(listeners))
                    raise_if_stopped(self._stop)
        return self.history

    def stop(self) -> None:
        """Make `train`, running in another thread, return after its batch.

        What was learned is kept; another `train` resumes there.
        """
        self._stop.set(None)

    def held(self) -> AbstractContextManager[None]:
        """Hold this run between two batches while a block reads what belongs together."""
        return self._turns.taken()

    def _runner(self, examples: Split) -> EpochRunner:
        feed, labels = self._feeds.of(examples), examples.t.ndim == 1
        return EpochRunner(
            self.machine, feed, len(examples.x), labels, self.options, self._stop, self._turns
        )

    def _data(self) -> Data:
        if self.data is None:
            raise OptionError(
                "there is no data to train on; give a data set, or train by step(x, t)"
            )
        return self.data

    def _train_epoch(self, runner: EpochRunner, done: int, report: Report, notes: str) -> None:
        if self.progress.position == 0:
            self.progress.seconds = 0.0
        last = self.history.last
        runner.run(self.progress, lambda position: report(done + position / runner.n, last, notes))

    def _notes(self, listeners: list[Callback]) -> str:
        texts = (note(self) for note in methods_of(listeners, "note"))
        return " · ".join(str(text) for text in texts if text)

    def _record(self, data: Data, scored: bool) -> None:
        train = self.evaluate(data.train) if scored else MISSING
        test = self.evaluate(data.test) if scored and data.test else MISSING
        now = self.progress
        self.history.append(Record(now.epoch, now.updates, *train, *test, now.seconds))

    def order(self, epoch: int) -> np.ndarray:
        """Return the order in which an epoch meets the training examples, (n,) uint32."""
        return shuffled(len(self._data().train.x), self.seed, epoch)

    # -- use ----------------------------------------------------------------------------------

    def evaluate(self, examples: Given | None = None) -> Score:
        """Return mean loss and accuracy over examples.

        Parameters
        ----------
        examples
            (x, t), anything with x and t, such as `data.train`, or a data set, of which the test
            part is meant; the run's own test data if left out. Where a data set has no test part
            its training part is taken.

        Raises
        ------
        DataError
            If the examples do not fit the network.

        Notes
        -----
        Accuracy is the fraction of examples whose largest output is their class (one output: on
        the right side of 1/2); NaN for targets other than 0 and 1.
        """
        chosen: Any = examples
        if examples is None or examples is self.data:
            chosen = self._data().test or self._data().train
        if self._feeds.owns(chosen):
            feed = self._feeds.of(chosen)
        else:
            chosen = self._gate.examples(chosen)
            feed = self._feeds.laid_out(chosen)
        with self._turns.taken(), one_blas_thread():
            labels, threads = chosen.t.ndim == 1, self.threads
            return score(self.machine, feed, len(chosen.x), labels, self.updates_done, threads)

    @cached_property
    def _gate(self) -> Gate:
        return Gate(self.network, self.machine.dtype, self._feeds.units, self.data)

    @cached_property
    def _inspector(self) -> Inspector:
        return Inspector(self.machine, self._gate)

    def predict(self, x: ArrayLike) -> np.ndarray:
        """Return the activity of the output population, (n, outputs)."""
        return self.forward(x)[self.network.output]

    def forward(self, x: ArrayLike) -> dict[str, np.ndarray]:
        """Return the activity O of every forward population, (n, size), by name."""
        with self._turns.taken(), one_blas_thread():
            return self._inspector.forward(x, self.updates_done)

    def repeatable_forward(
        self, x: ArrayLike
    ) -> tuple[Callable[[], object], dict[str, np.ndarray]]:
        """Return a quick function that sends examples through, and where it leaves the activity.

        For a run that no other thread uses; views of the activity, by population, are overwritten
        by each call.
        """
        with self._turns.taken():
            return self._inspector.repeatable(x, self.updates_done)

    def learning_signals(self, x: ArrayLike, t: ArrayLike) -> dict[str, np.ndarray]:
        """Return the learning signal R of every population that gets one, (n, size), by name.

        The output's is the error and stands under "error" too; channels that are redrawn are those
        of the next step.
        """
        with self._turns.taken(), one_blas_thread():
            return self._inspector.signals(x, t, self.updates_done)

    def updates(self, x: ArrayLike, t: ArrayLike) -> dict[str, np.ndarray]:
        """Return the changes that `step(x, t)` would make, without making them.

        Forward bundles and adaptive channel bundles by name, (n_source, n_receiver); biases by
        population, (n,). A channel bundle named like a forward one has "channel: " before its name.
        """
        with self._turns.taken(), one_blas_thread():
            return self._inspector.updates(x, t, self.updates_done, self._rate_now())

    def step(self, x: ArrayLike, t: ArrayLike) -> None:
        """Make one update with all examples of (x, t) as one batch.

        Raises
        ------
        DivergenceError
            If the error is not finite; nothing is changed then.
        OptionError
            If another thread is training this run, or there are more examples than `batch_size`
            and messages wait for another update.
        """
        with self._turns.training(), self._turns.taken(), one_blas_thread():
            self._inspector.step(x, t, self.updates_done, self._rate_now(), self.threads)
            self.progress.updates += 1

    def _rate_now(self) -> float:
        return float(checked_rates(self.network, self.rate, self.updates_done, 1)[0])
