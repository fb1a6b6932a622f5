"""Graphs of other tools become the network that they draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from scipy.signal import correlate2d

import neurochannel as nc
from neurochannel.errors import NetworkError, OptionError
from tests.graphs.foreign import EDGES, FILES, NAMES, hdf5, lines, mat, matrix, nir, placed


def edges_of(network: nc.Network) -> dict[tuple[str, str], float]:
    graph = nc.to_networkx(network, "neuron")
    return {
        (str(s), str(t)): own.get("weight")
        for s, t, own in graph.edges(data=True)
        if own["kind"] == "forward"
    }


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_tool_is_the_graph_that_it_draws(name: str, tmp_path: Path) -> None:
    _, options, names = FILES[name]
    said: list[str] = []
    network = nc.read(placed(tmp_path, name), **options, report=said.append)
    found = {
        (names.get(s, s), names.get(t, t)): weight for (s, t), weight in edges_of(network).items()
    }
    assert found == EDGES
    assert network.name == (Path(name).stem if name != "pajek.net" else "small")
    assert said[-1] == "made 5 neurons and 4 forward edges into 3 populations"


@pytest.mark.parametrize(
    ("name", "content", "options", "words"),
    [
        ("x.csv", "a,b,1\nb,c,1\n", {"variable": "w"}, "variable .* for .csv files, because"),
        ("x.csv", "a,b,1\nb,c,1\n", {"rows": "targets"}, "rows must be left out for a list"),
        ("x.csv", "0,1\n0,0\n", {"columns": "a,b", "layout": "matrix"}, "columns .* a matrix"),
        (
            "x.graphml",
            "<graphml/>",
            {"columns": "a,b"},
            "for .graphml files, because .* .csv, .tsv",
        ),
        ("x.json", "{}", {"layout": "edges"}, "layout must be left out for .json files"),
        ("x.gexf", "<gexf/>", {"rows": "targets"}, "rows must be left out for .gexf files"),
        ("x.npy", "", {"variable": "w"}, "it is for .npz and .mat; remove it"),
    ],
)
def test_an_option_for_other_files_is_refused(
    name: str, content: str, options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises((NetworkError, OptionError), match=words):
        nc.read(path, **options)


MARKET = b"%%MatrixMarket matrix coordinate"


@pytest.mark.parametrize(
    ("name", "content", "options", "words"),
    [
        ("two.npz", None, {}, r"one square matrix, got 2 \('a' and 'b'\).* variable='NAME'"),
        ("none.npz", None, {"variable": "c"}, "there are 'a' and 'b'"),
        ("x.npy", b"no array", {}, "must be an .npy file"),
        ("x.mat", b"MATLAB 7.3" + bytes(200), {}, "must be a MATLAB file, got something else"),
        ("x.mtx", b"nothing", {}, "must be a Matrix Market file"),
        ("x.mtx", MARKET + b" real general\n2 3 1\n1 2 1.0\n", {}, "square matrix, got 2 x 3"),
        ("x.mtx", MARKET + b" complex general\n2 2 1\n1 2 1 1\n", {}, "the kind 'complex'"),
        ("x.mtx", MARKET + b" real general\n9 9 999\n1 2 1\n", {}, "got something else"),
        ("x.mat", b"nothing" * 50, {}, "must be a MATLAB file"),
        ("x.h5", b"nothing", {}, "must be an HDF5 file, of SONATA or NIR"),
        ("x.h5", hdf5(lambda root: root.create_group("nodes/lgn")), {}, r"neurons \(lgn\)"),
        ("x.h5", hdf5(lambda root: root.create_group("history")), {}, "checkpoint with nc.load"),
        ("x.gexf", b"<gexf/>", {}, "must be GEXF"),
        ("x.gexf", b"<!DOCTYPE x><gexf/>", {}, "remove <!DOCTYPE"),
        ("x.gexf", b"<a>" * 2000, {}, "at most 100 elements"),
        ("x.gml", b"graph [ node [ ] ]", {}, "must be GML"),
        ("x.gml", b"[" * 10_000, {}, "nested too deeply"),
        ("x.net", b"*Vertices 2\n1 a\n2 b\n", {}, r"must have \*Arcs, \*Edges or a \*Matrix"),
        ("x.net", b"*Vertices 2\n1 a\n2 a\n*Arcs\n1 2\n", {}, "labels of their own"),
        ("x.net", b"*Vertices 2\n1 a\n2 b\n*Arcslist\n1 2\n", {}, "one by one"),
        ("x.csv", b"", {}, "rows of edges, got none"),
        ("x.csv", b"\xff\xfe\x00", {}, "UTF-8"),
        ("x.csv", b"a\nb\n", {}, "at least two columns"),
        ("x.csv", b"a,b\nc,d\n", {"columns": "x,y"}, "titles of the table, got 'x'"),
        ("x.csv", b"pre,post\n,d\ne,f\n", {}, "got none in 1 of 2 rows"),
        ("x.csv", b"a,b,c\nd,e\nf,g,h,i,j\n", {}, "same columns in each row|two columns"),
        ("x.toml", b"", {"kind": "forward"}, "of another tool to be imported, got a topology"),
        ("x.nir", nir({"a": {"type": "Delay"}, "b": {"type": "Delay"}}, []), {}, "got 2 Delay"),
        ("x.nir", nir({"a": {"type": "LIF"}}, []), {}, "1 LIF: .* activation='tanh'"),
        ("x.nir", nir({"a": {"type": "Linear"}}, [("a", "z")]), {}, "'z', which is missing"),
    ],
)
def test_a_file_that_is_no_graph_gets_a_sentence(
    name: str, content: bytes | None, options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is None:
        np.savez(path, a=np.eye(5), b=np.eye(4))
    else:
        path.write_bytes(content)
    with pytest.raises(NetworkError, match=words) as caught:
        nc.read(path, **options)
    assert str(caught.value).startswith(str(path))


def test_two_square_matrices_of_matlab_must_be_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "two.mat"
    path.write_bytes(mat(A=matrix(), B=np.eye(3)))
    with pytest.raises(NetworkError, match=r"got 2 \('A' and 'B'\) among 'A' and 'B'; name it"):
        nc.read(path)
    assert len(edges_of(nc.read(path, variable="A"))) == 4


def test_edges_of_both_kinds_in_one_file_of_pajek_or_gephi(tmp_path: Path) -> None:
    text = "*Vertices 3\n1 a\n2 b\n3 c\n*Arcs\n1 2\n*Edges\n2 3\n"
    gexf = (
        '<gexf xmlns="http://gexf.net/1.2draft" version="1.2"><graph defaultedgetype="undirected">'
        '<nodes><node id="a"/><node id="b"/><node id="c"/></nodes><edges>'
        '<edge id="0" source="a" target="b" type="directed"/><edge id="1" source="b" target="c"/>'
        "</edges></graph></gexf>"
    )
    for name, content in (("x.net", text), ("x.gexf", gexf)):
        path = tmp_path / name
        path.write_text(content)
        with pytest.raises(NetworkError, match="got 1 edge without one such as 'b' -> 'c'"):
            nc.read(path)
        assert [*edges_of(nc.read(path, undirected="as-written"))] == [("a", "b"), ("b", "c")]


def test_numbers_of_neurons_of_64_bits_stay_exact(tmp_path: Path) -> None:
    path = tmp_path / "fly.csv"
    large = [720575940604737708, 720575940604737709]
    path.write_text(f"pre_root_id,post_root_id\n{large[0]},{large[1]}\n")
    network = nc.read(path)
    assert [*edges_of(network)] == [(str(large[0]), str(large[1]))]
    neurons = network.populations["input"].neurons
    assert neurons is not None and neurons[0] == large[0]


def test_a_table_is_a_matrix_or_a_list_as_told(tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    path.write_text("0,1,5\n0,2,6\n1,2,7\n")
    assert edges_of(nc.read(path)) == {("0", "1"): 5.0, ("0", "2"): 6.0, ("1", "2"): 7.0}
    found = edges_of(nc.read(path, layout="matrix", loops="drop", cycles="drop-backward"))
    assert {("0", "1"), ("0", "2")} <= found.keys()


def test_an_affine_and_a_linear_layer_of_nir_compute_the_same_here(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    first, bias, second = rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=(2, 4))
    path = tmp_path / "net.nir"
    path.write_bytes(
        nir(
            {
                "in": {"type": "Input", "shape": np.array([3])},
                "one": {"type": "Affine", "weight": first, "bias": bias},
                "two": {"type": "Linear", "weight": second},
                "out": {"type": "Output", "shape": np.array([2])},
            },
            [("in", "one"), ("one", "two"), ("two", "out")],
        )
    )
    network = nc.read(path, activation="linear", output_activation="linear")
    run, x = nc.Simulation(network, dtype="float64"), rng.normal(size=(5, 3))
    assert np.allclose(run.predict(x), (x @ first.T + bias) @ second.T)


CONVOLUTIONS: dict[str, tuple[int, Any, int]] = {
    "plain": (1, 0, 1),
    "padded": (1, 1, 1),
    "with stride": (2, 1, 1),
    "padded by a word": (1, "same", 1),
    "valid": (1, "valid", 1),
    "in two groups": (1, 1, 2),
    "depthwise": (1, 1, 4),
}


def convolution_of_nir(
    weight: np.ndarray, bias: np.ndarray, stride: int, padding: Any, groups: int, n_out: int
) -> bytes:
    n_in, word = weight.shape[1] * groups, isinstance(padding, str)
    pair = {
        "stride": np.array([stride] * 2),
        "padding": padding if word else np.array([padding] * 2),
    }
    rest = {"dilation": np.array([1, 1]), "groups": groups, "input_shape": np.array([5, 6])}
    return nir(
        {
            "in": {"type": "Input", "shape": np.array([n_in, 5, 6])},
            "conv": {"type": "Conv2d", "weight": weight, "bias": bias, **pair, **rest},
            "flat": {"type": "Flatten", "start_dim": 0},
            "out": {"type": "Output", "shape": np.array([n_out])},
        },
        [("in", "conv"), ("conv", "flat"), ("flat", "out")],
    )


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_a_convolution_of_nir_computes_the_same_here(case: str, tmp_path: Path) -> None:
    stride, padding, groups = CONVOLUTIONS[case]
    rng = np.random.default_rng(1)
    n_per = 4 // groups
    weight, bias = rng.normal(size=(4, n_per, 3, 3)), rng.normal(size=4)
    images = rng.normal(size=(4, 4, 5, 6))
    margin = {"same": 1, "valid": 0}.get(padding, padding)
    padded = np.pad(images, ((0, 0), (0, 0), (margin, margin), (margin, margin)))
    sums = [
        [
            sum(
                correlate2d(image[at // (4 // groups) * n_per + k], kernel[k], "valid")
                for k in range(n_per)
            )[::stride, ::stride]
            for at, kernel in enumerate(weight)
        ]
        for image in padded
    ]
    wanted = np.array(sums) + bias[:, None, None]
    path = tmp_path / "net.nir"
    path.write_bytes(convolution_of_nir(weight, bias, stride, padding, groups, wanted[0].size))
    said: list[str] = []
    network = nc.read(path, output_activation="linear", report=said.append)
    run = nc.Simulation(network, dtype="float64")
    assert np.allclose(run.predict(images.reshape(4, -1)), wanted.reshape(4, -1))
    some = ", 1 with groups of maps," if groups > 1 else ""
    assert f"took 1 convolution{some} as single edges, whose weights are not shared" in said


BAD_CONVOLUTIONS: dict[str, tuple[tuple[int, ...], int, Any, int, str]] = {
    "groups that do not fit": (
        (4, 2, 3, 3),
        1,
        0,
        3,
        "must fit its input and its groups",
    ),
    "another padding": ((4, 4, 3, 3), 1, "full", 1, "got 'full'"),
    "a stride with same": ((4, 4, 3, 3), 2, "same", 1, "'same' with stride 1 and kernels of odd"),
    "an even kernel with same": ((4, 4, 2, 2), 1, "same", 1, "kernels of odd length"),
}


@pytest.mark.parametrize("case", BAD_CONVOLUTIONS)
def test_a_bad_convolution_of_nir_is_one_sentence(case: str, tmp_path: Path) -> None:
    shape, stride, padding, groups, told = BAD_CONVOLUTIONS[case]
    path = tmp_path / "net.nir"
    path.write_bytes(convolution_of_nir(np.ones(shape), np.ones(4), stride, padding, groups, 4))
    with pytest.raises(NetworkError) as caught:
        nc.read(path, output_activation="linear")
    assert len(caught.value.problems) == 1
    assert told in str(caught.value)


def test_a_convolution_of_nir_reads_all_maps_that_lead_to_it(tmp_path: Path) -> None:
    path = tmp_path / "net.nir"
    layers = {
        "in": {"type": "Input", "shape": np.array([5, 5, 6])},
        "conv": {"type": "Conv2d", "weight": np.ones((2, 2, 3, 3)), "bias": np.ones(2)},
        "out": {"type": "Output", "shape": np.array([2, 3, 4])},
    }
    path.write_bytes(nir(layers, [("in", "conv"), ("conv", "out")]))
    with pytest.raises(NetworkError, match="conv must have as many inputs as in has neurons"):
        nc.read(path, output_activation="linear")


def test_spiking_neurons_of_nir_get_the_activation_that_is_given(tmp_path: Path) -> None:
    path = tmp_path / "net.nir"
    spiking = {"type": "LIF", "tau": np.ones(2), "v_threshold": np.ones(2)}
    path.write_bytes(
        nir(
            {
                "in": {"type": "Input", "shape": np.array([2])},
                "w": {"type": "Linear", "weight": np.eye(2) + 0.5},
                "lif": spiking,
                "v": {"type": "Linear", "weight": np.eye(2) + 0.5},
                "last": spiking,
                "out": {"type": "Output", "shape": np.array([2])},
            },
            [("in", "w"), ("w", "lif"), ("lif", "v"), ("v", "last"), ("last", "out")],
        )
    )
    said: list[str] = []
    network = nc.read(path, activation="relu", report=said.append)
    assert said[0] == "took the neurons of 2 LIF as relu, without spikes"
    assert [part.activation for part in network.populations.values()] == [
        "linear",
        "relu",
        "relu",
    ]
    assert list(network.populations["hidden1"].neurons or ()) == ["lif[0]", "lif[1]"]


def test_a_graph_with_options_is_the_same_as_its_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(lines(","))
    graph = nc.to_networkx(nc.read(path), "neuron")
    assert "".join(sorted(graph)) == NAMES
    assert edges_of(nc.from_networkx(graph, kind="forward")) == EDGES


def test_edge_lists_of_arrays_can_be_cleaned(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    np.savez(
        path,
        forward=np.array([[0, 1], [1, 2], [2, 0], [1, 1]]),
        channel=np.array([[2, 1]]),
        **{"channel.bits": np.array(3), "forward.weight": np.arange(4.0)},
        **{"forward.weighted": np.array([True, False, True, True])},
    )
    with pytest.raises(NetworkError, match="loops='drop'"):
        nc.read(path)
    network = nc.read(path, loops="drop", order=[0, 1, 2])
    assert edges_of(network) == {("0", "1"): 0.0, ("1", "2"): None}
    assert network.channel_bundles[0].edges.message.bits == 3


def test_neurons_of_nir_that_only_add_up_are_linear(tmp_path: Path) -> None:
    path = tmp_path / "net.nir"
    path.write_bytes(
        nir(
            {
                "in": {"type": "Input", "shape": np.array([2])},
                "w": {"type": "Linear", "weight": np.eye(2) + 0.5},
                "v": {"type": "Linear", "weight": np.eye(2) + 0.5},
                "lif": {"type": "LIF", "tau": np.ones(2)},
                "out": {"type": "Output", "shape": np.array([2])},
            },
            [("in", "w"), ("w", "v"), ("v", "lif"), ("lif", "out")],
        )
    )
    kinds = [part.activation for part in nc.read(path, activation="tanh").populations.values()]
    assert kinds == ["linear", "linear", "tanh"]


@pytest.mark.parametrize("symmetry", ["symmetric", "skew-symmetric"])
@pytest.mark.parametrize("form", ["coordinate", "array"])
def test_half_of_a_matrix_stands_for_both(symmetry: str, form: str, tmp_path: Path) -> None:
    """Matrix Market files of symmetric matrices hold the lower half only."""
    from scipy.io import mmread, mmwrite

    path, full = tmp_path / "half.mtx", np.array([[0, 2, 3], [2, 0, 0], [3, 0, 0.0]])
    full = np.tril(full) - np.tril(full).T if symmetry == "skew-symmetric" else full
    mmwrite(path, full if form == "array" else sparse.coo_array(full), symmetry=symmetry)
    from neurochannel.graphs.foreign.import_options import ImportSettings
    from neurochannel.graphs.foreign.matrix_market import read_mtx

    graph = read_mtx(path.read_bytes(), ImportSettings())
    found = np.zeros((3, 3))
    found[graph.sources, graph.targets] = graph.edges["weight"]
    expected = mmread(path)
    assert_array_equal(found, expected if form == "array" else expected.toarray())
