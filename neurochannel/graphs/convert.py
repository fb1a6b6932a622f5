"""Networks as graphs of networkx, both ways, of populations or of single neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurochannel.errors import NetworkError
from neurochannel.graphs.coarse import network_of_populations, population_graph
from neurochannel.graphs.fine import neuron_graph
from neurochannel.graphs.nodes import network_of_neurons
from neurochannel.graphs.run_weights import check_network, sized_by
from neurochannel.model.format_versions import FORMAT
from neurochannel.model.problems import did_you_mean, short
from neurochannel.renamed import telling_keywords

if TYPE_CHECKING:
    from networkx import DiGraph, MultiDiGraph

    from neurochannel.engine.simulation import Simulation
    from neurochannel.model.network import Network

LEVELS = ("neuron", "population")


def from_networkx(graph: DiGraph[Any]) -> Network:
    """Make a network from a directed graph of networkx.

    Its nodes are neurons, or populations where ``graph.graph["level"]`` says "population"; each
    edge has ``kind="forward"`` or ``kind="channel"``. Channel edges that leave an output neuron
    carry its error; neurons with channel edges only are relays. Neurons without a population are
    grouped by depth, activation, kind of bias and kind of edges.

    Parameters
    ----------
    graph
        A DiGraph or a MultiDiGraph, both parts of which are acyclic. Its order of nodes decides
        the order of neurons and the numbers in the names of populations.

    Raises
    ------
    NetworkError
        With a sentence for each of the first mistakes, which names the node or edge.
    """
    for method in ("is_directed", "nodes", "edges", "graph"):
        if not hasattr(graph, method):
            raise NetworkError(
                f"from_networkx must get a graph of networkx, got {short(graph)}; "
                "make a networkx.MultiDiGraph"
            )
    if not graph.is_directed():
        raise NetworkError(
            "the graph must be directed, got an undirected one; make a networkx.MultiDiGraph"
        )
    level = graph.graph.get("level", LEVELS[0])
    if level not in LEVELS:
        hint = did_you_mean(level, LEVELS) or "leave it out for a graph of neurons"
        raise NetworkError(
            f"the graph's level must be 'neuron' or 'population', got {short(level)}; {hint}"
        )
    return network_of_populations(graph) if level == "population" else network_of_neurons(graph)


def check_level(level: object) -> None:
    """Refuse an unknown level.

    Raises
    ------
    NetworkError
        If it is neither of both words.
    """
    if level not in LEVELS:
        hint = did_you_mean(level, LEVELS) or "choose one of them"
        raise NetworkError(f"level must be 'neuron' or 'population', got {short(level)}; {hint}")


@telling_keywords
def to_networkx(
    network: Network, level: str = "population", run: Simulation | None = None
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
    run
        A run of this network, whose weights the edges and whose biases the nodes get; without it
        they get the explicit initial ones, if there are any.

    Raises
    ------
    NetworkError
        If it is no network, the level is unknown, the run is one of another network, or single
        neurons are asked of a network whose sizes or edges only a run can tell.
    """
    check_network(network)
    check_level(level)
    sized = sized_by(network, run)
    make = population_graph if level == "population" else neuron_graph
    graph = make(sized, run)
    graph.graph |= {"level": level, "format": FORMAT}
    if network.name != "network":
        graph.graph["name"] = network.name
    given = {"loss": network.loss, "chip_seed": network.chip_seed}
    graph.graph |= {key: value for key, value in given.items() if value is not None}
    return graph
