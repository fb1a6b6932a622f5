"""Networks as graphs of networkx, both ways, of populations or of single neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, cast

from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import DIRECTED
from neurochannel.graphs.coarse import network_of_populations, population_graph
from neurochannel.graphs.fine import neuron_graph
from neurochannel.graphs.foreign.foreign_graph import graph_of_networkx
from neurochannel.graphs.foreign.import_options import ImportOptions, options_of
from neurochannel.graphs.foreign.journal import counted
from neurochannel.graphs.foreign.network_from import network_from
from neurochannel.graphs.nodes import network_of_neurons
from neurochannel.graphs.run_weights import check_network, sized_by
from neurochannel.model.format_versions import FORMAT
from neurochannel.model.problems import did_you_mean, short
from neurochannel.renamed import telling_keywords

if TYPE_CHECKING:
    from networkx import DiGraph, Graph, MultiDiGraph

    from neurochannel.engine.simulation import Simulation
    from neurochannel.model.network import Network

LEVELS = ("neuron", "population")


def from_networkx(graph: Graph[Any], **options: Unpack[ImportOptions]) -> Network:
    """Make a network from a graph of networkx.

    Its nodes are neurons, or populations where ``graph.graph["level"]`` says "population"; each
    edge has ``kind="forward"`` or ``kind="channel"``. Channel edges that leave an output neuron
    carry its error; neurons with channel edges only are relays. Neurons without a population are
    grouped by depth, activation, kind of bias and kind of edges.

    Parameters
    ----------
    graph
        A DiGraph or a MultiDiGraph, both parts of which are acyclic. Its order of nodes decides
        the order of neurons and the numbers in the names of populations.
    options
        With any of them, the graph may be one of another tool; what each step does is one line.

        kind
            What edges without a kind are, "forward" (the default) or "channel", or a condition on
            the edges that belong to the channel: ``"type=feedback"``.
        inputs, outputs
            Names of neurons, in a list or a text with commas; a condition such as
            ``"type=sensory"`` or ``"layer<2"``; a table of attributes and values; or a function of
            the attributes of a neuron. Without it those without incoming (outgoing) forward edges.
        activation, output_activation
            Of hidden neurons and outputs that have none. Where no neuron has one, "tanh", and
            "softmax" or, for one output, "logistic".
        weight
            The attribute that initial weights are taken from, by default "weight"; "none" draws
            them.
        scale
            A number that they are multiplied by; "max" divides by the largest, "mean" by the sum of
            the magnitudes of all incoming weights of the neuron, "unit" makes the
            incoming weights of each neuron a vector of length 1.
        names
            The attribute of neurons that is their name, instead of their id.
        unknown, ignore
            "ignore" or "refuse" attributes that mean nothing here, or "keep" them with the neurons;
            attributes to ignore in any case.
        undirected
            Edges without a direction: "refuse", "as-written" or "both" directions.
        parallel
            Several edges from one neuron to another: "refuse", "sum" their weights or take the
            "first".
        loops
            Edges from a neuron to itself: "refuse" or "drop".
        cycles
            "refuse", or "drop-backward": drop edges into inputs and out of outputs, and those that
            run against an order of the neurons that is found such that few do. "unroll=4" keeps all
            edges between hidden neurons, loops included: 4 steps of time with shared weights,
            h(t) = f(U x + W h(t - 1) + b) with h(0) = 0 and y = g(V h(4) + D x + c).
        stimulus, reach
            With steps of time: inputs are heard at "each" of them (the default) or at the "first";
            the channel leads to "all" of them (the default) or to the "last".
        order
            An order of your own, an attribute or a list of all neurons; edges against it are
            dropped.
        isolated
            Neurons without an edge: "refuse" or "drop".
        channel
            The learning channel: "mirror" for backpropagation along all edges, or a recipe, such as
            ``nc.srbp()`` or ``"srbp:fan_in=2"``.
        report
            A function that gets each line, such as `print`; without it they are logged.

    Raises
    ------
    NetworkError
        With a sentence for each of the first mistakes, which names a node or an edge, the count of
        others with the same mistake, and the option that helps.
    OptionError
        If there is no such option, or its value is wrong.
    """
    for method in ("is_directed", "nodes", "edges", "graph"):
        if not hasattr(graph, method):
            raise NetworkError(
                f"from_networkx must get a graph of networkx, got {short(graph)}; "
                "make a networkx.MultiDiGraph"
            )
    if options:
        return network_from(graph_of_networkx(graph), options_of(options))
    _check_directed(graph)
    level = graph.graph.get("level", LEVELS[0])
    if level not in LEVELS:
        hint = did_you_mean(level, LEVELS) or "leave it out for a graph of neurons"
        raise NetworkError(
            f"the graph's level must be 'neuron' or 'population', got {short(level)}; {hint}"
        )
    directed = cast("DiGraph[Any]", graph)
    make = network_of_populations if level == "population" else network_of_neurons
    return make(directed)


def _check_directed(graph: Graph[Any]) -> None:
    """Refuse edges without a direction, a graph of them or some."""
    if not graph.is_directed():
        raise NetworkError(
            "the graph must be directed, got an undirected one; make a networkx.MultiDiGraph, or "
            "give undirected='as-written' or 'both'"
        )
    odd = [edge for edge in graph.edges(data=True) if edge[2].get(DIRECTED) is False]
    if odd:
        first = f"{short(odd[0][0])} -> {short(odd[0][1])}"
        n = counted(len(odd), "edge")
        raise NetworkError(
            f"must be a directed graph, got {n} without a direction such as "
            f"{first}; give undirected='as-written' or 'both'"
        )


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
