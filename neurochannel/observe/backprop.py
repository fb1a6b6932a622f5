"""The exact gradient for a run, whatever channel the run itself has."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.engine.machine import Machine
from neurochannel.engine.simulation import Simulation
from neurochannel.model.learning import LEARNING, Learning
from neurochannel.model.network import Network
from neurochannel.model.populations import Population
from neurochannel.model.recipes import bp

AnyLearning = TypeVar("AnyLearning", bound=Learning)


def gradient_network(network: Network) -> Network:
    """Return the same forward network with the channel of backpropagation.

    Relays, defaults, limits of updates and of what arrives, momentum, decay, rate factors and the
    former channel are left out, and neurons are ideal; what was frozen stays frozen.
    """
    return with_plain_updates(network).with_fitting(bp(receive={}))


def with_plain_updates(network: Network) -> Network:
    """Return the network without defaults: ideal neurons, and changes that leave no trace."""
    network = network.explicit
    made: dict[str, Any] = {
        "populations": {name: _plain_population(part) for name, part in network.populations.items()}
    }
    made["forward"] = tuple(map(_plain, network.forward))
    made["channel"] = tuple(map(_plain, network.channel))
    update = {key: part for key, part in made.items() if part != getattr(network, key)}
    return network.model_copy(update=update) if update else network


def with_exact_activity(network: Network) -> Network:
    """Return the network, whose defaults say nothing of it, with activity that arrives as it is."""
    if all(one.message is None for one in network.forward):
        return network
    edges = [one.model_copy(update={"message": None}) for one in network.forward]
    return network.model_copy(update={"forward": tuple(edges)})


def _plain(description: AnyLearning) -> AnyLearning:
    """Return it without what only weights and biases that learn have."""
    without = _defaults(type(description))
    if all(getattr(description, key) == value for key, value in without.items()):
        return description
    return description.model_copy(update=without)


@cache
def _defaults(kind: type[Learning]) -> dict[str, Any]:
    """Return what the fields of learning are where nothing is said."""
    return {key: kind.model_fields[key].get_default() for key in LEARNING}


def _plain_population(population: Population) -> Population:
    rule, update = population.bias_rule, dict[str, Any]()
    if rule and _plain(rule) is not rule:
        update["bias"] = _plain(rule)
    if population.neuron:
        update["neuron"] = None
    return population.model_copy(update=update) if update else population


class Backprop:
    """The gradient of a run's loss at the weights that the run has now.

    A second network, compiled once, with the run's forward edges and a tied channel. Each call
    copies the run's weights and biases into it and passes once forward and once back.

    Parameters
    ----------
    run
        Any simulation; it is only read.
    dtype
        "float32" or "float64"; that of the run if None.

    Notes
    -----
    Changes are minus the derivative of the mean loss over the batch of ideal neurons, that is, the
    changes at learning rate 1 before any limit on their precision; 0 where the run has frozen a
    parameter.
    Where activity is limited on its way, they are those of the same draws, as though its limits had
    the slope 1.
    """

    def __init__(self, run: Simulation, dtype: str | None = None) -> None:
        self.run = run
        self.twin = gradient_twin(run, dtype)

    def updates(self, x: ArrayLike, t: ArrayLike) -> dict[str, np.ndarray]:
        """Return the changes of one batch at rate 1.

        Forward bundles by name, (n_source, n_receiver), and biases by population, (n,), as
        `Simulation.updates` names them.
        """
        self.copy_weights()
        return self.twin.updates(x, t)

    def learning_signals(self, x: ArrayLike, t: ArrayLike) -> dict[str, np.ndarray]:
        """Return minus the derivative of each example's loss by the total inputs, (n, size)."""
        self.copy_weights()
        return self.twin.learning_signals(x, t)

    def copy_weights(self) -> None:
        """Give the twin the weights and biases that the run has now."""
        self.twin.progress.updates = self.run.updates_done
        copy_parameters(self.run.machine, self.twin.machine)


def gradient_twin(run: Simulation, dtype: str | None = None) -> Simulation:
    """Return a simulation of `gradient_network` with the present weights of a run and rate 1.

    Parameters
    ----------
    run
        Any simulation; it is only read.
    dtype
        "float32" or "float64"; that of the run if None.
    """
    network = gradient_network(run.network)
    options = replace(run.options, rate=1.0, dtype=dtype or run.dtype, chip_seed=run.chip_seed)
    with run.held():
        own = {key: e for key, e in run.machine.edges.items() if not key.startswith("channel:")}
        twin = Simulation.from_edges(network, options, own)
        copy_parameters(run.machine, twin.machine)
    return twin


def copy_parameters(source: Machine, target: Machine, but: str = "") -> None:
    """Give a machine the parameters that another one has under the same keys, but one.

    Those that both begin with, in the same places, are copied together.
    """
    theirs, keys = source.spans, list(target.spans)
    pairs = [(own, theirs.get(key)) for key, own in target.spans.items()]
    alike = next(
        (n for n, (own, other) in enumerate(pairs) if own != other or keys[n] == but), len(pairs)
    )
    if alike:
        last = pairs[alike - 1][0]
        target.values[: last.start + last.size] = source.values[: last.start + last.size]
    for own, other in pairs[alike:]:
        if other is not None and own.name != but:
            own.view(target.values)[:] = other.view(source.values)
