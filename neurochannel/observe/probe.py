"""A probe: the same few examples shown to a network again and again while it learns."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator

import numpy as np

from neurochannel.engine.activations import steepness
from neurochannel.engine.edgelists import draw_edges, same_edges
from neurochannel.engine.epoch import shuffled
from neurochannel.engine.feed import make_feed
from neurochannel.engine.gate import Gate
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.inspection import Inspector
from neurochannel.engine.memory import aligned_zeros
from neurochannel.engine.parameters import draw_parameters
from neurochannel.engine.rates import rates_for
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.streams import channel_key
from neurochannel.engine.threads import one_blas_thread
from neurochannel.errors import OptionError
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Network
from neurochannel.observe.backprop import gradient_twin
from neurochannel.observe.device_pulses import lines_of, pulses_of

SATURATED = 0.1
"""A neuron is saturated where f' is below this fraction of the largest f'."""


class Probe:
    """What observers need of one run, made at the first look and kept.

    Parameters
    ----------
    run
        It is only read, and not kept.
    size
        How many training examples: the first ones of an order that is the same for every run.
    """

    def __init__(self, run: Simulation, size: int) -> None:
        if run.data is None:
            raise OptionError("a run without data cannot be observed; give it a data set")
        examples, dtype = run.data.train, np.dtype(run.dtype)
        chosen = shuffled(len(examples.x), 0, 0)[:size]
        self.n, n_outputs = len(chosen), run.network.size(ERROR)
        self._feed = make_feed(
            examples.x[chosen], examples.t[chosen], run.data.units, dtype, n_outputs
        )
        self._born: np.ndarray | None = None
        self._twin: Simulation | None = None

    def look(self, run: Simulation) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return the changes that the probe asks for, and all buffers that it leaves, by name."""
        with one_blas_thread():
            inspector = _inspector(run)
            return inspector.look(self._feed, self.n, run.updates_done, _rate(run))

    def gradient(self, run: Simulation) -> dict[str, np.ndarray]:
        """Return minus the derivative of the probe's mean loss by the weights that learn."""
        if self._twin is None:
            self._twin = gradient_twin(run)
        ours = self._twin.machine
        for key in ours.spans:
            ours.parameter(key)[:] = run.machine.parameter(key)
        with one_blas_thread():
            return _inspector(self._twin).look(self._feed, self.n, 0, 1.0)[0]

    def pulses(
        self, run: Simulation, columns: dict[str, np.ndarray]
    ) -> Iterator[tuple[str, float]]:
        """Yield (bundle or population, pulses) of a device in an update, from what a look left."""
        for lines in lines_of(run.network, run.machine.edges, columns):
            total = pulses_of(lines, _rate(run), run.batch_size).total
            yield lines.name, total * run.batch_size / max(lines.n, 1)

    def distances(self, run: Simulation) -> Iterator[tuple[str, float, float]]:
        """Yield (bundle, |W - W0|, |W - W0| / |W0|) for all weights that can learn.

        W0 are the weights that the run's seed draws; the ratio is NaN where they are 0.
        """
        if self._born is None:
            self._born = _initial(run)
        forward = {bundle.name for bundle in run.network.forward_bundles}
        for kind, name in _learning(run.network):
            key = kept_weights(run.network, name) if kind == "weights" else channel_key(name)
            span = run.machine.spans[key]
            start = span.view(self._born).astype(np.float64)
            moved, length = length_of(span.view(run.machine.values) - start), length_of(start)
            label = f"channel: {name}" if kind == "channel" and name in forward else name
            yield label, moved, moved / length if length else math.nan


def _rate(run: Simulation) -> float:
    """Return the rate of the next update."""
    return float(rates_for(run.rate, run.updates_done, 1)[0])


def _inspector(run: Simulation) -> Inspector:
    return Inspector(run.machine, Gate(run.network, run.machine.dtype))


def _initial(run: Simulation) -> np.ndarray:
    """Return all values as the run's seed draws them."""
    memory = run.machine.memory
    values = aligned_zeros(memory.n_values, run.machine.dtype)
    drawn, own = draw_edges(run.network, run.seed), run.machine.edges
    # A branch may have edges that its parent's seed drew.
    edges = {key: drawn[key] if same_edges(drawn[key], own[key]) else own[key] for key in own}
    draw_parameters(run.network, edges, memory, run.seed, values)
    return values


_PROBES: weakref.WeakKeyDictionary[Simulation, dict[int, Probe]] = weakref.WeakKeyDictionary()


def probe_of(run: Simulation, size: int) -> Probe:
    """Return the probe of a run, made at the first request."""
    probes = _PROBES.setdefault(run, {})
    if size not in probes:
        probes[size] = Probe(run, size)
    return probes[size]


def norms(network: Network, columns: dict[str, np.ndarray]) -> Iterator[tuple[str, float]]:
    """Yield "signal: h" and "activity: h": root mean square over examples of |R| and |O|."""
    for population in network.forward_order[1:]:
        yield f"activity: {population}", _mean_norm(columns[f"activity:{population}"])
    for population in dict.fromkeys([network.output, *network.channel_order]):
        own, shared = f"signal:{population}", f"signal:{network.signal_of(population)}"
        yield f"signal: {population}", _mean_norm(columns[own if own in columns else shared])


def saturations(network: Network, columns: dict[str, np.ndarray]) -> Iterator[tuple[str, float]]:
    """Yield the fraction of neurons x examples where f' is below a tenth of its largest value.

    For relu that is the silent fraction; activations whose f' has no largest value have none.
    """
    for population in network.forward_order[1:]:
        sent = columns[f"activity:{population}"]
        response = columns.get(f"response:{population}", sent)
        steep = steepness(network.populations[population], response)
        if steep is not None:
            yield population, float(np.mean(steep < SATURATED))


def _learning(network: Network) -> list[tuple[str, str]]:
    learning = [b for b in network.forward_bundles if b.edges.learn and not b.edges.pool]
    forward = [("weights", bundle.name) for bundle in learning]
    adaptive = [b.name for b in network.channel_bundles if b.edges.weights == "adaptive"]
    return forward + [("channel", name) for name in adaptive]


def length_of(array: np.ndarray) -> float:
    """Return the Euclidean norm of all numbers of an array, without waking threads of BLAS."""
    return math.sqrt(float(np.sum(np.square(array, dtype=np.float64))))


def _mean_norm(rows: np.ndarray) -> float:
    return length_of(rows) / math.sqrt(len(rows))
