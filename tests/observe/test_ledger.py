"""The ledger: counts of the compiled program against closed formulas and against plain counting."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.engine.machine import Machine
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.workspace import Workspace
from neurochannel.errors import NetworkError, OptionError
from neurochannel.model.edges import STARTS
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.ledger import compare, ledger
from neurochannel.observe.lint.first_batch import FirstBatch
from tests.networks import networks

CHAINS = st.lists(st.integers(1, 40), min_size=3, max_size=7)


def chain(sizes, channel):
    return ledger(nc.mlp(*sizes).with_channel(channel))


def forward(sizes):
    return sum(a * b for a, b in pairwise(sizes))


# --- chains, by formula ----------------------------------------------------------------------


@settings(max_examples=20)
@given(CHAINS)
def test_backpropagation_costs_the_forward_graph_without_its_first_matrix(sizes):
    book = chain(sizes, nc.bp())
    above = sum(a * b for a, b in pairwise(sizes[1:]))
    assert book.forward_multiply_adds == book.update_multiply_adds == forward(sizes)
    assert book.channel_multiply_adds == book.wires == book.transported == above
    assert book.messages == sum(sizes[2:])
    assert book.bits_sent == 32 * sum(sizes[2:])
    assert book.steps == len(sizes) - 2
    assert book.deepest == "hidden1"
    assert book.channel_parameters == book.making_multiply_adds == book.draws == book.copies == 0


@settings(max_examples=20)
@given(CHAINS)
def test_random_backpropagation_costs_the_same_and_has_weights_of_its_own(sizes):
    tied, free = chain(sizes, nc.bp()), chain(sizes, nc.rbp())
    same = ("channel_multiply_adds", "messages", "bits_sent", "wires", "steps", "bits_per_weight")
    assert all(free.totals()[name] == tied.totals()[name] for name in same)
    assert free.transported == 0
    assert free.channel_parameters == free.wires


@settings(max_examples=20)
@given(CHAINS)
def test_skipped_random_backpropagation_takes_one_step(sizes):
    book, hidden = chain(sizes, nc.srbp()), sizes[1:-1]
    assert book.channel_multiply_adds == book.wires == sizes[-1] * sum(hidden)
    assert book.messages == sizes[-1] * len(hidden)
    assert book.steps == 1
    assert book.channel_parameters == book.wires


@settings(max_examples=20)
@given(CHAINS, st.data())
def test_a_sparse_channel_costs_its_fan_in_for_each_neuron(sizes, data):
    k, bits = data.draw(st.integers(1, sizes[-1])), data.draw(st.integers(1, 8))
    book, hidden = chain(sizes, nc.srbp(fan_in=k, bits=bits)), sizes[1:-1]
    assert book.channel_multiply_adds == book.wires == book.channel_parameters == k * sum(hidden)
    assert len(hidden) <= book.messages <= sizes[-1] * len(hidden)
    assert book.bits_sent == bits * book.messages
    for row, incoming in zip(book.populations[1:-1], sizes, strict=False):
        assert row.bits_per_weight == pytest.approx(k * bits / incoming)


@settings(max_examples=20)
@given(CHAINS)
def test_bits_for_each_weight_are_those_that_arrive_divided_by_the_fan_in(sizes):
    chained, skipped = chain(sizes, nc.rbp()), chain(sizes, nc.srbp())
    for h, (one, other) in enumerate(zip(chained.populations, skipped.populations, strict=True)):
        if 0 < h < len(sizes) - 1:
            assert one.bits_per_weight == pytest.approx(32 * sizes[h + 1] / sizes[h - 1])
            assert other.bits_per_weight == pytest.approx(32 * sizes[-1] / sizes[h - 1])
    weights = forward(sizes[:-1])
    arriving = 32 * sizes[-1] * sum(sizes[1:-1])
    assert skipped.bits_per_weight == pytest.approx(arriving / weights)


@settings(max_examples=20)
@given(CHAINS)
def test_a_tied_product_is_made_of_matrix_products(sizes):
    book, top = chain(sizes, nc.sbp()), sizes[-1]
    assert book.making_multiply_adds == top * forward(sizes[1:-1])
    assert book.copies == (top * sizes[-2] if len(sizes) > 2 else 0)
    assert book.channel_multiply_adds == book.transported == top * sum(sizes[1:-1])
    assert book.channel_parameters == 0


@settings(max_examples=20)
@given(CHAINS)
def test_adaptive_channels_add_the_changes_of_their_weights(sizes):
    book = chain(sizes, nc.arbp())
    assert book.update_multiply_adds == forward(sizes) + book.wires


@settings(max_examples=20)
@given(CHAINS)
def test_without_a_channel_only_the_top_layer_costs_anything_but_activity(sizes):
    book = chain(sizes, nc.top_only())
    assert book.update_multiply_adds == sizes[-2] * sizes[-1]
    assert (book.channel_multiply_adds, book.messages, book.wires, book.steps) == (0, 0, 0, 0)
    assert (book.channel_memory, book.bits_per_weight, book.deepest) == (0, None, None)


# --- any network, by counting ----------------------------------------------------------------


@settings(max_examples=30)
@given(networks(), st.integers(0, 3))
def test_the_ledger_agrees_with_the_edges_that_a_simulation_has(network, seed):
    book, run = ledger(network, seed=seed, dtype="float64"), Simulation(network, seed=seed)
    channel = {b.name: b for b in network.channel_bundles}
    for row in book.bundles:
        edges = run.edges if row.kind == "forward" else run.channel_edges
        sources, receivers = edges(row.bundle)
        if row.kind == "channel" and row.weights == "tied":
            sources, receivers = np.nonzero(mirrored_mask(run, row.bundle, sources, receivers))
        assert row.wires == row.multiply_adds == len(sources)
        if row.kind == "channel":
            assert row.senders == len(np.unique(sources))
            limits = channel[row.bundle].edges.message
            assert row.messages == (limits.sent(row.senders) if limits else row.senders)


def mirrored_mask(run, bundle, sources, receivers):
    """Edges of a tied bundle: its own if it lists some, else those that it is tied to."""
    network = run.network
    source, target = bundle.split(" -> ")
    if target == network.output:
        return np.eye(network.size(target))
    mask = np.zeros((network.size(source), network.size(target)), bool)
    mask[sources, receivers] = True
    above = network.output if source in STARTS else source
    across = run.edges(f"{target} -> {above}")
    allowed = np.zeros_like(mask)
    allowed[across[1], across[0]] = True
    return mask & allowed


@settings(max_examples=30)
@given(networks())
def test_steps_are_the_longest_path_from_the_error(network):
    book = ledger(network)
    graph = nx.DiGraph([bundle.ends for bundle in network.channel_bundles])
    for row in book.populations:
        if row.population in graph:
            below = graph.subgraph(nx.ancestors(graph, row.population) | {row.population})
            assert row.steps == nx.dag_longest_path_length(below)
        else:
            assert row.steps == (0 if row.population == network.output else None)


def bits_of(limits):
    """The logarithm of how many values there are but 0 of powers and octaves, which is silence."""
    if limits.keep == "sign":
        return 1
    magnitudes = limits.keep == "magnitude"
    if limits.bits is None:
        return 64 - magnitudes
    n = 2**limits.bits if limits.quantizer == "powers" else 2 * limits.bits
    if limits.quantizer not in ("powers", "octaves"):
        n = 2**limits.bits if magnitudes else 2**limits.bits - 1
    return pytest.approx(np.log2(n / 2 if magnitudes else n))


@settings(max_examples=30)
@given(networks())
def test_bits_of_a_message_are_those_of_its_limits(network):
    rows = {row.bundle: row for row in ledger(network, dtype="float64").bundles[::-1]}
    channel = [row for row in ledger(network, dtype="float64").bundles if row.kind == "channel"]
    assert rows.keys() >= {row.bundle for row in channel}
    for bundle, row in zip(network.channel_bundles, channel, strict=True):
        limits = bundle.edges.message
        bits = bits_of(limits) if limits else 64
        assert row.bundle == bundle.name
        # What a population received may have few bits already, unless f' gives it all of them.
        source = network.populations.get(bundle.source)
        if row.wires and (source is None or source.receive is None):
            n = network.size(bundle.source)
            address = limits.address_bits(n) if limits else 0
            assert row.message_bits - address == bits


def assert_all_is_counted(network, dtype):
    use = ledger(network, dtype=dtype).memory
    machine = Machine(network, 0, np.dtype(dtype))
    program = machine.program(1, labels=True)
    workspace = Workspace(program, 1, np.dtype(dtype))
    held = [*workspace.arrays.values(), *workspace.own(0).values()]
    arrays = [*held, machine.values, machine.state, program.memory.wires.array]
    assert use.total == sum(array.nbytes for array in arrays)


@settings(max_examples=30)
@given(networks(), st.sampled_from(("float32", "float64")))
def test_the_memory_is_what_a_machine_allocates(network, dtype):
    assert_all_is_counted(network, dtype)


@pytest.mark.parametrize("pulses", ["example", "batch"])
def test_room_for_pulses_is_counted(pulses):
    synapse = {"bounds": [-1.0, 1.0], "step": 0.01, "pulses": pulses, "cycle_noise": 0.3}
    network = nc.mlp(6, 5, 8).with_channel(nc.srbp())
    network = network.with_defaults(forward={"synapse": synapse})
    assert_all_is_counted(network, "float32")


@settings(max_examples=30)
@given(networks())
def test_changes_cost_one_multiply_add_for_each_edge_that_learns(network):
    expected = {}
    for row in ledger(network).bundles:
        target = row.bundle.split(" -> ")[1]
        reached = target == network.output or target in network.channel_order
        if row.kind == "forward":
            learns = row.weights == "learning" and reached
            expected[row] = row.wires if learns else 0
            continue
        source = row.bundle.split(" -> ")[0]
        into_source = [b for b in network.channel_bundles if b.target == source]
        comes_back = source in network.relays and target not in network.relays
        heard = comes_back and any(b.edges.weights == "adaptive" for b in into_source)
        expected[row] = row.wires * ((row.weights == "adaptive") + heard)
    assert all(row.update_multiply_adds == n for row, n in expected.items())


# --- single cases ------------------------------------------------------------------------------


def test_a_prediction_that_is_sent_and_comes_back_is_counted_as_both():
    network = nc.Network(
        populations={"input": {"size": 4}, "output": {"size": 3}, "relay": {"size": 2}},
        forward=[{"path": "input -> output"}],
        channel=[
            {"path": "prediction -> relay", "weights": "adaptive"},
            {"path": "relay -> output"},
        ],
    )
    rows = {row.bundle: row for row in ledger(network).bundles if row.kind == "channel"}
    counted = {name: (row.messages, row.update_multiply_adds) for name, row in rows.items()}
    assert counted == {"prediction -> relay": (3, 6), "relay -> output": (2, 6)}


def test_activity_that_comes_back_to_a_relay_counts_as_work_of_changes():
    book = ledger(nc.mlp(5, 4, 3).with_channel(nc.twin()))
    rows = {row.bundle: row for row in book.bundles if row.kind == "channel"}
    assert rows["error -> twin.hidden1"].update_multiply_adds == 12
    assert rows["twin.hidden1 -> hidden1"].update_multiply_adds == 4
    assert book.steps == 2


def test_redrawn_weights_cost_a_draw_for_each_edge():
    edges = nc.ChannelEdges(path="error -> hidden1", weights="redrawn")
    book = ledger(nc.mlp(5, 4, 3).with_channel(edges))
    assert (book.draws, book.channel_parameters) == (12, 0)
    assert book.channel_memory > 0


def test_sign_concordant_weights_are_weight_transport():
    edges = nc.ChannelEdges(path="error -> hidden1", weights="concordant")
    book = ledger(nc.mlp(5, 4, 3).with_channel(edges))
    assert (book.transported, book.channel_parameters, book.copies) == (12, 12, 24)


@pytest.mark.parametrize(
    ("options", "bits"),
    [
        ({}, 32),
        ({"bits": 3}, 3),
        ({"keep": "sign"}, 1),
        ({"keep": "sign", "bits": 3}, 1),
        ({"keep": "magnitude"}, 31),
        ({"keep": "magnitude", "bits": 3}, 2),
        ({"bits": 4, "quantizer": "octaves"}, 3),
        ({"bits": 4, "quantizer": "octaves", "keep": "magnitude"}, 2),
        ({"bits": 2, "quantizer": "uniform"}, np.log2(3)),
    ],
)
def test_bits_of_a_message(options, bits):
    (row,) = ledger(nc.mlp(5, 4, 3).with_channel(nc.rbp(**options))).bundles[2:]
    assert row.message_bits == bits


def test_a_population_that_hears_two_paths_waits_for_the_longer_one():
    edges = [
        nc.ChannelEdges(path="error -> hidden2 -> hidden1"),
        nc.ChannelEdges(path="error -> hidden1"),
    ]
    book = ledger(nc.mlp(5, 4, 3, 2).with_channel(*edges))
    assert book.steps == 2


def test_the_deepest_population_is_the_deepest_one_that_is_reached():
    book = ledger(nc.mlp(5, 4, 3, 2).with_channel(nc.srbp(to="hidden2")))
    assert (book.deepest, book.steps) == ("hidden2", 1)


def test_the_deepest_population_is_the_nearest_to_the_input_not_the_last_to_be_served():
    network = nc.Network(
        populations={
            "input": {"size": 5},
            "low": {"size": 4},
            "high": {"size": 3},
            "relay": {"size": 2},
            "output": {"size": 2},
        },
        forward=[{"path": "input -> low -> high -> output"}],
        channel=[{"path": "error -> low"}, {"path": "error -> relay -> high"}],
    )
    book = ledger(network)
    assert (book.deepest, book.steps) == ("low", 1)


def test_frozen_weights_take_no_share_of_the_bits():
    network = nc.mlp(5, 4, 3).with_channel(nc.srbp())
    frozen = [edges.model_copy(update={"learn": False}) for edges in network.forward]
    book = ledger(network.model_copy(update={"forward": tuple(frozen)}))
    assert book.bits_per_weight is None
    assert book.update_multiply_adds == 0


def test_channels_side_by_side_differ_in_the_channel_alone():
    books = compare(nc.mlp(64, 100, 30, 10), {"mine": nc.srbp(bits=3), "BP": "bp"})
    assert list(books) == ["mine", "BP"]
    assert books["mine"].forward_multiply_adds == books["BP"].forward_multiply_adds
    assert (books["mine"].bits_sent, books["BP"].bits_sent) == (60, 1280)


def test_one_text_can_name_several_channels():
    books = compare(nc.mlp(5, 4, 3), "bp,srbp:fan_in=2,bits=3,top_only")
    assert list(books) == ["bp", "srbp:fan_in=2,bits=3", "top_only"]
    assert books == compare(nc.mlp(5, 4, 3), list(books))


def test_a_channel_that_does_not_fit_is_named():
    with pytest.raises(NetworkError, match=r"^channel 'srbp:to=hiden1': to must .* 'hidden1'\?$"):
        compare(nc.mlp(5, 4, 3), ["srbp:to=hiden1"])


def test_a_size_left_to_the_data_is_refused():
    with pytest.raises(NetworkError, match=r"populations.input.size is left to the data"):
        ledger(nc.mlp(None, 4, 3))


def test_an_unknown_precision_is_refused():
    with pytest.raises(OptionError, match="dtype"):
        ledger(nc.mlp(5, 4, 3), dtype="float16")


def test_everything_can_be_written_as_plain_numbers():
    import json

    book = ledger(nc.mlp(5, 4, 3).with_channel(nc.srbp()))
    written = json.loads(json.dumps(book.to_dict()))
    assert written["totals"]["wires"] == 12
    assert [row["bundle"] for row in written["bundles"]][-1] == "error -> hidden1"
    assert written["memory"]["total"] == book.memory.total
    assert book.table()[-1]["bits_sent"] == 96


# --- devices -----------------------------------------------------------------------------------

DEVICES = {
    "trains": {"step": 0.01},
    "long trains": {"step": 0.0004},
    "plain trains": {"step": 0.01, "update_management": False},
    "steps by chance": {"step": 0.01, "pulses": "batch"},
    "nearest steps": {"step": 0.01, "pulses": "exact"},
}


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("case", DEVICES)
def test_pulses_are_those_that_the_engine_makes_on_average(case, sparse):
    """At one example a device gets pulses of one sign, so a step tells how many there were."""
    synapse, x = DEVICES[case], np.random.default_rng(1).random((1, 6))
    network = nc.mlp(6, 5, 4, 3).with_channel(nc.arbp())
    if sparse:
        forward = [e.model_copy(update={"density": 0.6}) for e in network.forward]
        network = network.model_copy(update={"forward": forward})
    network = network.with_defaults(
        forward={"synapse": synapse}, channel={"synapse": synapse, "message": {"bits": 5}}
    )
    book, probe = ledger(network, rate=0.3, batch=x), FirstBatch.of(Compiled(network, 0), x)
    n, step, total, met = 2000, synapse["step"], {}, {}
    for update in range(n):
        changes = probe.run._inspector.updates(*probe.batch, update, 0.3)
        for name, change in changes.items():
            counts = np.abs(change / step)
            total[name] = total.get(name, 0.0) + counts.sum() / n
            met[name] = met.get(name, 0.0) + np.count_nonzero(counts > 0.5) / n
    for row in book.bundles:
        # Lines share their pulses, so counts vary by about as much as they are.
        assert row.pulses == pytest.approx(total[row.bundle], rel=0.1, abs=0.02), row.bundle
        assert row.touched == pytest.approx(met[row.bundle], rel=0.1, abs=0.02), row.bundle
    assert book.pulses == pytest.approx(sum(row.pulses for row in book.bundles))


def test_states_of_devices_lie_between_their_bounds():
    network = nc.mlp(6, 5, 3).with_channel(nc.srbp())
    for synapse, states, label in (
        ("ecram", 1000, "ecram"),
        ({"step": 0.01}, 0, "step 0.01"),
        ({"bounds": [-1, 1], "bits": 3}, 0, "[-1, 1]"),
        (None, 0, ""),
    ):
        rows = ledger(network.with_defaults(forward={"synapse": synapse})).bundles
        assert [(round(r.states), r.device) for r in rows[:2]] == [(states, label)] * 2
        assert (rows[2].states, rows[2].device, rows[2].pulses) == (0, "", 0)


def test_limits_of_populations_are_told():
    neuron, receive = {"gain_spread": 0.1, "bits": 4}, {"bits": 3}
    network = nc.mlp(6, 5, 3).with_channel(nc.srbp())
    network = network.with_defaults(population={"neuron": neuron, "receive": receive})
    _, hidden, output = ledger(network).populations
    assert (hidden.receive, hidden.neuron) == (
        "3 bits (powers) at a scale of 1",
        "gain ±10 %, 4 bits",
    )
    assert (output.receive, output.neuron) == ("", "")
