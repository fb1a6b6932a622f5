"""The right-hand side of the flow of any network, computed by the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from neurochannel.engine.feeds import Feeds
from neurochannel.engine.gate import Gate
from neurochannel.engine.inspection import Inspector
from neurochannel.engine.memory import Span, aligned_zeros
from neurochannel.engine.options import Options
from neurochannel.engine.parameters import learning_rules
from neurochannel.engine.scoring import score
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.threads import one_blas_thread
from neurochannel.engine.workspace import Course, Workspace
from neurochannel.errors import DataError, OptionError
from neurochannel.model.edges import ERROR, REDRAWN, ChannelEdges
from neurochannel.model.limits import Message, Receive
from neurochannel.model.network import Network


class RightHandSide:
    """d parameters / dt of a run: the changes of one step with all examples, divided by the rate.

    Everything that a step needs is laid out once, in float64; a call writes the parameters where
    the kernels read them, runs one batch and reads the changes.

    Parameters
    ----------
    run
        Any simulation with data; it is only read.

    Raises
    ------
    OptionError
        If the network has no flow, or the run has batches of a part of its data.
    """

    def __init__(self, run: Simulation) -> None:
        check_flow(run)
        options = Options(1.0, run.batch_size, run.seed, "float64", run.threads)
        twin = Simulation.from_snapshot(run.network, run.data, options, run.snapshot())
        self._machine, data = twin.machine, twin.data
        assert data is not None
        feeds = Feeds(data, "float64", twin.network.size(ERROR))
        self._feed = feeds.of(data.train)
        self._n, self._labels = len(data.train.x), data.train.t.ndim == 1
        self._threads = run.threads
        program = self._machine.program(self._n, labels=self._labels, images=self._feed.images)
        workspace = Workspace(program, self._n, self._machine.dtype, run.threads)
        course = Course(np.arange(self._n, dtype=np.uint32), np.ones(1), self._n, 0)
        self._changes = aligned_zeros(len(self._machine.values), self._machine.dtype)
        self._step = self._machine.prepared(
            program, "train", self._feed, course, workspace, self._changes
        )
        self._inspector = Inspector(self._machine, Gate(twin.network, self._machine.dtype))
        self._places = _places(self._machine.network, self._machine.spans)

    @property
    def n(self) -> int:
        """Numbers that learn."""
        return len(self._places)

    @property
    def start(self) -> np.ndarray:
        """The run's present parameters that learn, (n,)."""
        present: np.ndarray = self._machine.values[self._places]
        return present

    def __call__(self, state: np.ndarray) -> np.ndarray:
        """Return d state / dt, (n,); NaN where an error is not finite."""
        self._machine.values[self._places] = state
        self._changes[:] = 0
        with one_blas_thread():
            status = self._step()
        if status != 0:
            return np.full(self.n, np.nan)
        velocity: np.ndarray = self._changes[self._places]
        return velocity

    def loss(self, state: np.ndarray) -> float:
        """Return the mean loss over the training data."""
        self._machine.values[self._places] = state
        with one_blas_thread():
            return score(self._machine, self._feed, self._n, self._labels, 0, self._threads).loss

    def named(self, state: np.ndarray) -> dict[str, np.ndarray]:
        """Return parameters as `Simulation.updates` names them, those that do not learn as well."""
        values = self._machine.values.copy()
        values[self._places] = state
        return self._inspector.named(values)


def _places(network: Network, spans: Mapping[str, Span]) -> np.ndarray:
    """Return the positions among the values of all that learns, without padding."""
    places = []
    for key, _ in learning_rules(network):
        span = spans[key]
        positions = np.arange(span.start + span.size)
        places.append(span.view(positions).ravel())
    return np.concatenate(places) if places else np.zeros(0, np.int64)


def check_flow(run: Simulation) -> None:
    """Check that training of a run approaches a flow as the rate goes to 0.

    Raises
    ------
    OptionError
        If it is no run, has batches of a part of its data, or does something that no flow does.
    DataError
        If it has no data.
    """
    if not isinstance(run, Simulation):
        raise OptionError(
            f"run must be a Simulation, got an object of the type {type(run).__name__}; "
            "nc.theory.simulation(form, start) makes one of a closed form"
        )
    if run.data is None:
        raise DataError("a flow needs data; give the simulation its training data")
    n = len(run.data.train.x)
    if run.batch_size < n:
        raise OptionError(
            f"a flow needs all {n} examples in each batch, got batch_size {run.batch_size}; "
            f"take run.branch(batch_size={n})"
        )
    if run.data.shift or run.data.flip:
        raise OptionError(
            "a flow needs examples that stay as they are, but training moves images at random "
            f"(shift {run.data.shift}, flip {'on' if run.data.flip else 'off'}); give the data "
            "without"
        )
    for problem in _obstacles(run.network.explicit):
        raise OptionError(problem)


def _obstacles(network: Network) -> Iterator[str]:
    for key, rule in learning_rules(network):
        if rule.momentum:
            yield (
                f"'{key}' has momentum, which has a memory; leave it out: its flow is the one "
                "without momentum, 1 / (1 - momentum) times as fast"
            )
        if rule.update is not None and rule.update.active:
            yield (
                f"'{key}' limits its changes ({rule.update.text}), so they do not become small "
                "with the rate; leave out update"
            )
        if rule.synapse is not None:
            yield (
                f"'{key}' is made of devices ({rule.synapse.text}), whose steps do not become "
                "small with the rate; leave out synapse"
            )
    for forward in network.forward_bundles:
        if forward.edges.message is not None:
            yield from _of_message(
                f"activity on '{forward.name}'", forward.edges.message, "message"
            )
    for bundle in network.channel_bundles:
        yield from _of_channel(bundle.name, bundle.edges)
    for name, population in network.populations.items():
        if population.neuron is not None and population.neuron.active:
            yield (
                f"the neurons of '{name}' are not ideal ({population.neuron.text}), and a flow is "
                "that of ideal ones; leave out neuron"
            )
        if population.receive is not None:
            yield from _of_message(f"what '{name}' receives", population.receive, "receive")


def _of_channel(name: str, edges: ChannelEdges) -> Iterator[str]:
    if edges.weights in REDRAWN:
        yield (
            f"channel '{name}' draws its weights again at each step, so that the flow would depend "
            'on chance; take weights = "random"'
        )
    if edges.weights == "concordant":
        yield (
            f"channel '{name}' has the signs of the forward weights, so that its weights jump "
            'where those pass 0; take weights = "congruent"'
        )
    if edges.message is not None:
        yield from _of_message(f"channel '{name}'", edges.message, "message")


def _of_message(where: str, message: Message | Receive, field: str) -> Iterator[str]:
    if message.draws:
        yield (
            f"{where} draws random numbers ({message.text}), so that the flow would depend on "
            f"chance; leave out {field}"
        )
    if message.bits is not None or message.keep == "sign":
        yield (
            f"{where} is rounded ({message.text}), so that the velocity jumps; leave out {field}"
        )
    if message.clocked:
        yield f"{where} depends on the time ({message.text}), which no flow does; leave out {field}"
    if not message.local and message.bits is None:
        yield (
            f"{where} has a budget ({message.text}), so that the velocity jumps; leave out {field}"
        )
    if message.dead_zone:
        yield (
            f"{where} has a dead zone ({message.text}), so that the velocity jumps; "
            f"leave out {field}"
        )
