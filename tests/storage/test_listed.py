"""Long lists of a description lie in arrays of their own, and all is as if they were text."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.cli import main
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import CheckpointError, NetworkError
from neurochannel.model.kept_attributes import kept_attributes
from neurochannel.model.network import Network
from neurochannel.reports.page.head import network_fingerprint
from neurochannel.reports.page.learned import learned, learners_of
from neurochannel.storage import listed as listing
from neurochannel.storage import load, peek, peek_network, save
from tests.networks import SEEDS, batches, networks
from tests.storage.hostile import little_memory
from tests.storage.runs import assert_same, edited, set_text, tiny_data, train_to_the_middle
from tests.storage.test_resume import step_or_reject

__all__ = ["little_memory"]


def numbers(*shape: int) -> np.ndarray:
    """Return numbers that float32 does not hold."""
    return (np.arange(math.prod(shape)) / 7 - 0.6).reshape(shape)


MATRIX = {"distribution": "explicit", "values": numbers(3, 4), "scale": 0.5}
NETWORK = Network(
    name="listed",
    populations={
        "input": {"size": 3, "neurons": np.array([7, -1, 2**40])},
        "a": {"size": 5, "activation": "tanh", "bias": {"value": numbers(5)}},
        "b": {"size": 4, "activation": "relu", "neurons": ["p", "q", "r", "s"]},
        "output": {"activation": "softmax", "size": 2},
    },
    forward=[
        {"path": "input -> a", "edges": [[2, 4], [0, 0], [1, 3], [0, 1]], "init": [1, 2, 3, 4]},
        {"path": "input -> b", "init": MATRIX},
        {"path": "a -> b", "edges": [[0, 0], [0, 3], [4, 2]], "momentum": 0.5},
        {"path": "a -> output", "init": np.float32(numbers(5, 2))},
        {"path": "b -> output"},
    ],
    channel=[
        {"path": "error -> b", "edges": [[1, 3], [0, 0], [1, 1]], "weights": "adaptive"},
        {"path": "b -> a", "edges": [[3, 0], [0, 0]], "weights": "tied"},
        {"path": "error -> a", "edges": [[0, 1], [1, 4]], "init": [0.25, -0.1]},
    ],
)
"""Listed edges in any order, matrices, biases and numbers as names of neurons."""
EDGES = [(2, 4), (0, 0), (1, 3), (0, 1), (0, 0), (0, 3), (4, 2), (1, 3), (0, 0), (1, 1)]


@pytest.fixture(autouse=True)
def all_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_IN_TEXT", 0)


def new_run(**options: object) -> Simulation:
    return Simulation(NETWORK, tiny_data(), **{"batch_size": 4, "seed": 3, **options})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    run = new_run()
    run.train(1, progress=False)
    save(run, tmp_path / "run.h5")
    return tmp_path / "run.h5"


def in_text(path: Path) -> Path:
    """Write the run of a file to another one, whose description is text."""
    other = path.with_name("text.h5")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "MOST_IN_TEXT", 10**6)
        save(load(path, tiny_data()), other)
    return other


# --- what is where ---------------------------------------------------------------------------


def test_lists_are_arrays_that_the_text_refers_to_in_its_order(path: Path) -> None:
    text = peek(path).network
    assert "[[" not in text.replace("[[forward]]", "").replace("[[channel]]", "")
    with h5py.File(path) as file:
        kinds = {name: (item.dtype.str, item.shape) for name, item in file["listed"].items()}
        edges, numbers = file["listed/edges"][:], file["listed/numbers"][:]
    assert kinds == {"edges": ("<u2", (14, 2)), "numbers": ("<f8", (33,)), "neurons": ("<i8", (3,))}
    assert list(map(tuple, edges[:10].tolist())) == EDGES
    assert 'edges = { "/listed/edges" = [0, 4] }\n' in text
    assert 'neurons = { "/listed/neurons" = [0, 3] }' in text
    assert 'init = { "/listed/numbers" = [5, 9] }\n' in text
    assert 'values = { "/listed/numbers" = [9, 21], shape = [3, 4] }' in text
    np.testing.assert_array_equal(numbers[9:21].reshape(3, 4), NETWORK.forward[1].init.values)


@pytest.mark.parametrize(
    ("highest", "number", "dtypes"),
    [
        (65535, 0.5, ("<u2", "<f4")),
        (65536, 0.1, ("<i4", "<f8")),
        (2**31 - 2, 1e39, ("<i4", "<f8")),
    ],
)
def test_arrays_take_the_least_room_that_holds_all_of_them(highest, number, dtypes):
    network = Network(
        populations={"input": {"size": highest + 1}, "output": {"size": 1}},
        forward=[{"path": "input -> output", "edges": [[highest, 0]], "init": [number]}],
    )
    lists = listing.described(network).lists
    assert (lists["edges"].dtype.str, lists["numbers"].dtype.str) == dtypes
    assert (lists["edges"].tolist(), lists["numbers"].tolist()) == ([[highest, 0]], [number])


@pytest.mark.parametrize(("n", "is_text"), [(99, True), (100, True), (101, False)])
def test_short_lists_stay_text(tmp_path, monkeypatch, n, is_text):
    monkeypatch.setattr(listing, "MOST_IN_TEXT", 100)
    network = Network(
        populations={"input": {"size": 1}, "output": {"size": n}},
        forward=[{"path": "input -> output", "init": np.ones((1, n))}],
    )
    save(Simulation(network), tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5") as file:
        assert ("listed" not in file) == is_text
    assert (peek(tmp_path / "run.h5").network == network.to_toml()) == is_text
    assert load(tmp_path / "run.h5").network == network


# --- all is as before ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_resumes_as_if_it_had_not_been_interrupted(tmp_path: Path, dtype: str) -> None:
    whole, run, path = new_run(dtype=dtype), new_run(dtype=dtype), tmp_path / "run.h5"
    whole.train(3, progress=False)
    run.train(1, progress=False)
    train_to_the_middle(run, 8)
    save(run, path)
    resumed = load(path, tiny_data())
    assert_same(run, resumed)
    resumed.train(2, progress=False)
    assert_same(whole, resumed)


@settings(max_examples=40)
@given(network=networks(), seed=SEEDS, draw=st.data())
def test_any_network_comes_back_and_resumes(
    network: Network, seed: int, draw: st.DataObject
) -> None:
    x, t = draw.draw(batches(network))
    run = Simulation(network, seed=seed, rate=1e-3)
    step_or_reject(run, x, t)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "MOST_IN_TEXT", 0)
        save(run, Path(folder, "run.h5"))
        resumed = load(Path(folder, "run.h5"))
    assert_same(run, resumed)
    step_or_reject(run, x, t)
    resumed.step(x, t)
    assert_same(run, resumed)


def test_what_is_said_of_a_run_does_not_depend_on_where_its_lists_are(path: Path) -> None:
    other = in_text(path)
    summary, network = peek_network(path)
    assert network == peek_network(other)[1] == NETWORK
    assert (summary.name, summary.chip_seed) == ("listed", 3)
    prints = {network_fingerprint(load(file, tiny_data()).network) for file in (path, other)}
    assert len(prints) == 1
    assert learned(path).key == learned(other).key
    assert len(learners_of([path, other])) == 1


def test_fingerprints_tell_lists_apart() -> None:
    with_other = NETWORK.forward[0].model_copy(update={"init": [1, 2, 3, 5]})
    other = NETWORK.model_copy(update={"forward": (with_other, *NETWORK.forward[1:])})
    assert network_fingerprint(other) != network_fingerprint(NETWORK)
    assert listing.described(other).text == listing.described(NETWORK).text
    renamed = NETWORK.model_copy(update={"name": "other"})
    assert network_fingerprint(renamed) == network_fingerprint(NETWORK)


def test_pages_and_drawings_of_a_run_show_its_network(path: Path, tmp_path: Path) -> None:
    nc.report(path, tmp_path / "page.html")
    assert "without its lists of" in (tmp_path / "page.html").read_text(encoding="utf-8")
    for command in (
        ["draw", str(path), "-o"],
        ["export", str(path), "--level", "population", "-o"],
    ):
        out = tmp_path / f"{command[0]}.svg".replace("export.svg", "export.json")
        done = CliRunner().invoke(main, [*command, str(out)])
        assert done.exit_code == 0, done.output
    assert nc.read(out).forward[0].edges.tolist() == sorted(NETWORK.forward[0].edges.tolist())


def test_the_text_alone_is_refused_where_its_lists_are_missing(path: Path) -> None:
    with pytest.raises(NetworkError, match=r"forward\[0\]\.edges must be a list of \[source"):
        Network.from_text(peek(path).network)


# --- no trust --------------------------------------------------------------------------------


def replaced(name: str, value: object, **options: object) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, data=value, **options)

    return edit


def rewritten(old: str, new: str) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        text = file["network"].asstr()[()]
        assert old in text
        set_text(file, "network", text.replace(old, new, 1))

    return edit


def changed(name: str, at: tuple[int, ...], value: float) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        file[name][at] = value

    return edit


def huge(file: h5py.File) -> None:
    del file["listed/edges"]
    file.create_dataset("listed/edges", shape=(2**42, 2), dtype="<u2")


def linked(file: h5py.File) -> None:
    file.move("listed/edges", "elsewhere")
    file["listed/edges"] = h5py.SoftLink("/elsewhere")


PLACE = '"/listed/edges" = [0, 4]'
VALUES = '"/listed/numbers" = [9, 21], shape = [3, 4]'
REFERS = "/network must refer to rows of a list in /listed, got "
ORDERED = "/network must refer to all 14 rows of /listed/edges, one after the other, got "
HARM = {
    "no room": (lambda file: file.__delitem__("listed"), "/listed is missing"),
    "no list": (lambda file: file.__delitem__("listed/edges"), "/listed/edges is missing"),
    "odd list": (
        lambda file: file.create_dataset("listed/odd", data=[1]),
        "/listed/odd belongs to nothing in the network",
    ),
    "link": (linked, "/listed/edges must be stored in the file itself, got a link"),
    "group": (
        lambda file: (file.__delitem__("listed/edges"), file.create_group("listed/edges")),
        "/listed/edges must be an array",
    ),
    "type": (
        replaced("listed/edges", np.zeros((14, 2))),
        "/listed/edges must hold uint16 or int32 numbers, got float64",
    ),
    "shape": (
        replaced("listed/edges", np.zeros(28, "<u2")),
        "/listed/edges must have shape (n, 2), got (28,)",
    ),
    "packed": (
        replaced("listed/edges", np.zeros((14, 2), "<u2"), compression="gzip"),
        "/listed/edges must be stored in one piece",
    ),
    "huge": (huge, f"/listed/edges claims {2**44} bytes that are not in the file"),
    "short": (
        replaced("listed/edges", np.zeros((13, 2), "<u2")),
        ORDERED.replace("14", "13") + "[12, 14] after 12",
    ),
    "long": (
        replaced("listed/edges", np.zeros((15, 2), "<u2")),
        ORDERED.replace("14", "15") + "14",
    ),
    "gap": (rewritten(PLACE, '"/listed/edges" = [1, 4]'), ORDERED + "[1, 4] after 0"),
    "twice": (rewritten("= [4, 7]", "= [0, 4]"), ORDERED + "[0, 4] after 4"),
    "none": (rewritten(PLACE, '"/listed/edges" = [0, 0]'), ORDERED + "[0, 0] after 0"),
    "backwards": (rewritten("= [4, 7]", "= [4, 3]"), ORDERED + "[4, 3] after 4"),
    "below": (rewritten(PLACE, '"/listed/edges" = [-1, 4]'), REFERS),
    "real": (rewritten(PLACE, '"/listed/edges" = [0.0, 4.0]'), REFERS),
    "flag": (rewritten(PLACE, '"/listed/edges" = [false, 4]'), REFERS),
    "three": (rewritten(PLACE, '"/listed/edges" = [0, 4, 4]'), REFERS),
    "number": (rewritten(PLACE, '"/listed/edges" = 4'), REFERS),
    "kind": (rewritten(PLACE, '"/listed/odd" = [0, 4]'), REFERS),
    "path": (rewritten(PLACE, '"/listed/../network" = [0, 4]'), REFERS),
    "more": (rewritten(PLACE, f"{PLACE}, odd = 1"), REFERS),
    "shaped edges": (rewritten(PLACE, f"{PLACE}, shape = [4, 2]"), REFERS),
    "other shape": (rewritten(VALUES, VALUES.replace("[3, 4]", "[3, 5]")), REFERS),
    "endless shape": (rewritten(VALUES, VALUES.replace("[3, 4]", "[3, 4, 1, 1, 1, 1, 1]")), REFERS),
    "turned": (
        rewritten(VALUES, VALUES.replace("[3, 4]", "[4, 3]")),
        "forward[1].init.values must have the shape (3, 4) of ",
    ),
    "outside": (
        changed("listed/edges", (0, 0), 3),
        "forward[0].edges must ",
    ),
    "twice the edge": (changed("listed/edges", (1,), [2, 4]), "forward[0].edges must list each "),
    "infinite": (changed("listed/numbers", (6,), np.inf), "forward[0].init"),
    "not a number": (changed("listed/numbers", (0,), np.nan), "populations.a.bias"),
    "two of a name": (changed("listed/neurons", (1,), 7), "populations.input.neurons must name "),
}


@pytest.mark.parametrize("harm", HARM)
def test_lists_are_read_without_trust(path: Path, harm: str) -> None:
    edit, words = HARM[harm]
    with edited(path) as file:
        edit(file)
    for read in (lambda: load(path, tiny_data()), lambda: peek_network(path)):
        with pytest.raises(CheckpointError) as caught:
            read()
        text = str(caught.value)
        assert text.startswith(f"{path} is damaged: {words}")
        assert text.endswith("; use another copy of it, or train again")
        assert "\n" not in text


def test_older_files_have_no_lists(path: Path) -> None:
    with edited(path) as file:
        file.attrs["format_version"] = 3
    with pytest.raises(CheckpointError, match=r"forward\[0\]\.edges must be a list"):
        load(path, tiny_data())
    with edited(path) as file:
        file.attrs["format_version"] = 4
    assert load(path, tiny_data()).network == NETWORK


# --- a file that later versions must read ----------------------------------------------------

GOLDEN = Path(__file__).with_name("format_4.h5")
GOLDEN_WEIGHTS = [-0.515539824962616, -0.5416029691696167]
GOLDEN_NEXT = [0.024505356326699257, 0.9754946231842041]


def test_names_of_other_tools_refer_to_nothing(tmp_path: Path) -> None:
    named = NETWORK.populations["a"].model_copy(
        update={"attributes": kept_attributes({"/listed/edges": [0, 5, 2, 1, 1]})}
    )
    network = Network(
        populations=NETWORK.populations | {"a": named},
        forward=NETWORK.forward,
        channel=NETWORK.channel,
    )
    save(Simulation(network, tiny_data(), batch_size=4), tmp_path / "named.h5")
    assert peek_network(tmp_path / "named.h5")[1] == network


def test_files_of_version_4_stay_readable() -> None:
    """Written once, when lists came, and never to be written again."""
    summary, network = peek_network(GOLDEN)
    assert summary.progress.position == 8
    assert network == NETWORK
    run = load(GOLDEN, tiny_data())
    assert run.weights["a -> output"][0].tolist() == GOLDEN_WEIGHTS
    run.train(1, progress=False)
    np.testing.assert_allclose(run.predict([[1, 2, 3]]), [GOLDEN_NEXT], rtol=1e-5)
