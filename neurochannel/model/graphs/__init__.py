"""Networks as graphs of networkx and as edge lists, of populations or of single neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurochannel.errors import NetworkError
from neurochannel.model.graphs.reading import LEVELS, from_networkx
from neurochannel.model.problems import did_you_mean, short

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from neurochannel.model.graphs.run import Run
    from neurochannel.model.network import Network

__all__ = ["LEVELS", "from_networkx", "to_networkx"]


def to_networkx(
    network: Network, level: str = "population", weights: Run | None = None
) -> MultiDiGraph[Any]:
    """Return a network as a MultiDiGraph, from which `from_networkx` makes an equal one.

    Parameters
    ----------
    network
        Any network.
    level
        "population": a node for each population and one for `error`; "neuron": a node for each
        neuron, by its name or as ``hidden[0]``, where channel edges from `error` leave the output
        neurons. Each edge has its kind as the key.
    weights
        A run of this network, whose weights the edges and whose biases the nodes get; without it
        they get the explicit initial ones, if there are any.

    Raises
    ------
    NetworkError
        If the level is unknown, the run is one of another network, or single neurons are asked of
        a network whose sizes or edges only a run can tell.
    """
    from neurochannel.model.graphs.coarse import population_graph
    from neurochannel.model.graphs.fine import neuron_graph
    from neurochannel.model.graphs.run import sized_by

    if level not in LEVELS:
        hint = did_you_mean(level, LEVELS) or "choose one of them"
        raise NetworkError(f"level must be 'neuron' or 'population', got {short(level)}; {hint}")
    sized = network if weights is None else sized_by(network, weights)
    make = population_graph if level == "population" else neuron_graph
    graph = make(sized, weights)
    graph.graph["level"] = level
    if network.name != "network":
        graph.graph["name"] = network.name
    if network.loss is not None:
        graph.graph["loss"] = network.loss
    return graph
