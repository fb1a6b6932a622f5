"""The format as docs/file-format.md describes it, and a file that later versions must read."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given

from neurochannel import data
from neurochannel.engine.parameters import states_of
from neurochannel.engine.rates import Decay
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import CheckpointError
from neurochannel.model.network import Network
from neurochannel.model.recipes import bp, mlp, srbp
from neurochannel.observe.observers import Observe
from neurochannel.storage import listed, load, peek, read_history, save
from neurochannel.storage.listed import MOST_IN_TEXT
from neurochannel.storage.rooms import places_of
from tests.networks import networks
from tests.storage.runs import ROOT, TOPOLOGIES, few_digits, reseal, tiny_data, tiny_run

PAGE = (ROOT / "docs" / "file-format.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

GOLDEN = Path(__file__).with_name("format_1.h5")
GOLDEN_WEIGHTS = [
    [0.3122975233783187, -0.7036731234250142, -0.34450062948648497, 0.5657076715830532],
    [-0.00845649154019536, -0.848889516920461, -0.4999391911562767, 0.36036424379447063],
    [-0.38100476602547945, -0.7298547889520232, 0.4305804966821726, 0.29090225324103336],
]
GOLDEN_BIASES = [0.05674385991430728, -0.05674385991430727]
GOLDEN_EDGES = ([0, 0, 0, 1], [0, 1, 2, 3])
GOLDEN_OUTPUT = [0.6324354978978353, 0.36756450210216474]

GOLDEN_2 = GOLDEN.with_name("format_2.h5")
GOLDEN_2_WEIGHTS = [
    -0.4766642259265126,
    0.2579375826118043,
    0.8744452653941975,
    -0.5453866874527888,
]
GOLDEN_2_OUTPUT = [0.5323113703422864, 0.4676886296577137]


GOLDEN_3 = GOLDEN.with_name("format_3.h5")
GOLDEN_3_VELOCITY = [0.0009153971332125366, 0.03374860808253288]
GOLDEN_3_PROGRESS = (1, 8, 5)
GOLDEN_3_NEXT = [0.6814160346984863, 0.31858402490615845]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "run.h5"
    save(tiny_run(2), path)
    return path


def topology_run(name: str) -> Simulation:
    topology = next(path for path in TOPOLOGIES if path.stem == name)
    return Simulation(Network.from_toml(topology), few_digits())


# --- the page --------------------------------------------------------------------------------


def test_the_first_example_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = topology_run("srbp")
    run.train(2, progress=False)
    save(run, tmp_path / "srbp.h5")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(SNIPPETS[0], names)
    np.testing.assert_array_equal(names["weights"], run.weights["input -> hidden1"])
    np.testing.assert_array_equal(names["accuracy"], run.history["test_accuracy"])
    assert Network.from_text(names["network"]) == run.network


def test_the_example_of_sparse_bundles_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = topology_run("sparse")
    save(run, tmp_path / "sparse.h5")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(SNIPPETS[2], names)
    np.testing.assert_array_equal(names["matrix"], run.channel_weights["error -> hidden1"])


def test_the_example_of_long_lists_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "MOST_IN_TEXT", 0)
    edges = [[1, 0], [0, 1]]
    network = mlp(2, 2).model_copy(
        update={"forward": [{"path": "input -> output", "edges": edges}]}
    )
    save(Simulation(network), tmp_path / "listed.h5")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(SNIPPETS[1], names)
    assert names["edges"].tolist() == edges
    assert f"more than {MOST_IN_TEXT:,} numbers" in PAGE


def test_the_example_of_observations_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = topology_run("srbp")
    run.train(1, [Observe("alignment")], progress=False)
    save(run, tmp_path / "srbp.h5")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(SNIPPETS[3], names)
    seen = run.history.observations["alignment: hidden1"]
    np.testing.assert_array_equal(names["epochs"], seen.epochs)
    np.testing.assert_array_equal(names["angles"], seen.values)


def test_the_page_lists_all_that_observers_measure() -> None:
    run = topology_run("srbp")
    run = run.branch(run.network.with_defaults(forward={"synapse": "ecram"}))
    names = {name for name, *_ in Observe().measure(run)}
    table = PAGE.split("**`/observations`**", 1)[1].split("**`/provenance`**")[0]
    described = set(re.findall(r"`([\w ]+): <", table))
    assert described == {name.partition(":")[0] for name in names}


def test_the_seal_of_the_page_is_the_real_one(path: Path) -> None:
    names: dict[str, object] = {}
    exec(SNIPPETS[4], names)
    content = path.read_bytes()
    with h5py.File(path, "r+") as file:
        file["biases/hidden1"][:] = 0
    names["seal"](path)
    again = path.read_bytes()
    reseal(path)
    assert path.read_bytes() == again != content
    assert not load(path, tiny_data()).biases["hidden1"].any()


def test_the_fingerprint_is_what_the_page_says() -> None:
    digits = few_digits()
    digest = hashlib.sha256(float.hex(digits.scale).encode())
    for split in (digits.train, digits.test):
        for array in split:
            digest.update(f"{array.shape}{array.dtype.str}".encode() + array.tobytes())
    assert digits.fingerprint == digest.hexdigest()


def described(heading: str) -> set[str]:
    """Return the names in the first column of the table that follows a heading."""
    table = PAGE.split(heading, 1)[1].split("\n\n")[1]
    first = "".join(line.split("|")[1] for line in table.splitlines()[2:])
    return set(re.findall(r"`(\w+)`", first))


def test_the_page_lists_all_attributes_and_keys(path: Path) -> None:
    options = set()
    for rate in (0.1, Decay(0.1), lambda update: 0.1):
        save(tiny_run(0, rate=rate, chip_seed=1), path, overwrite=True)
        with h5py.File(path) as file:
            options |= set(file["options"].attrs)
            assert described("**`/progress`**") == set(file["progress"].attrs)
    assert described("**`/options`**") == options
    assert described("**`/provenance`**") == set(peek(path).provenance)
    with h5py.File(path) as file:
        assert set(re.findall(r"\n\| `/` attribute `(\w+)`", PAGE)) == set(file.attrs)


def test_the_layout_is_what_the_page_says(path: Path) -> None:
    run = tiny_run(2)
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item}) if name else None)
        arrays = {
            name: (item.shape, item.dtype.str)
            for name, item in found.items()
            if isinstance(item, h5py.Dataset) and item.dtype.kind != "S"
        }
        kinds = {name: file["channel"][name].attrs["kind"].decode() for name in file["channel"]}
        assert file.attrs["format"] == b"neurochannel checkpoint"
        assert file.attrs["format_version"] == 4
        assert file.attrs["random_generator"] == b"philox4x32-10, bulk 1"
        assert all(item.chunks is None for item in found.values() if isinstance(item, h5py.Dataset))
    real = "<f4"
    assert arrays == {
        "forward/input -> hidden1/weights": ((3, 4), real),
        "forward/hidden1 -> hidden2/weights": ((4, 5), real),
        "forward/hidden2 -> output/weights": ((5, 2), real),
        "biases/hidden1": ((4,), real),
        "biases/hidden2": ((5,), real),
        "biases/output": ((2,), real),
        "channel/error -> hidden2/weights": ((2, 5), real),
        "channel/hidden2 -> hidden1/weights": ((4,), real),
        "channel/hidden2 -> hidden1/start": ((6,), "<u4"),
        "channel/hidden2 -> hidden1/receivers": ((4,), "<u4"),
        "state/velocity:weights:input -> hidden1": ((3, 4), real),
        "state/velocity:weights:hidden1 -> hidden2": ((4, 5), real),
        "state/velocity:weights:hidden2 -> output": ((5, 2), real),
        "state/velocity:bias:hidden1": ((4,), real),
        "state/velocity:bias:hidden2": ((5,), real),
        "state/velocity:channel:error -> hidden2": ((2, 5), real),
    } | {f"history/{name}": ((2,), "<f8") for name in run.history} | {
        "history/epoch": ((2,), "<i8"),
        "history/updates": ((2,), "<i8"),
    }
    assert kinds == {"error -> hidden2": "adaptive", "hidden2 -> hidden1": "random"}


def test_channels_that_are_made_at_each_step_are_noted_without_arrays(tmp_path: Path) -> None:
    for name, kind in (("bp", "tied"), ("sbp", "tied_product")):
        path = tmp_path / f"{name}.h5"
        save(topology_run(name), path)
        with h5py.File(path) as file:
            assert len(file["channel"]) == 2
            for bundle in file["channel"].values():
                assert bundle.attrs["kind"].decode() == kind
                assert len(bundle) == 0


def test_the_first_lines_can_be_read_by_people(path: Path) -> None:
    lines = path.read_bytes()[:512].rstrip(b"\0").decode().splitlines()
    assert lines[0] == "neurochannel checkpoint"
    assert lines[1] == f"sha256 {hashlib.sha256(path.read_bytes()[512:]).hexdigest()}"
    assert lines[2] == f"bytes {path.stat().st_size}"
    assert len(lines) == 4


def test_provenance_says_where_a_file_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    run = Simulation(mlp(None, 3, None).with_channel(bp()), data.load("digits"))
    save(run, path)
    found = peek(path).provenance
    assert found["numpy"] == np.__version__
    assert found["h5py"] == h5py.__version__
    assert found["command"] == sys.orig_argv
    assert found["data"] == {"name": "digits", "fingerprint": run.data.fingerprint}
    assert datetime.fromisoformat(found["date"]).utcoffset() == timedelta(0)
    with h5py.File(path) as file:
        assert json.loads(file["provenance"].asstr()[()]) == found
    save(load(path, without_data=True), path)
    assert peek(path).provenance["data"] is None


# --- the engine's side -----------------------------------------------------------------------


@given(network=networks())
def test_the_places_of_arrays_are_those_of_the_engine(network: Network) -> None:
    kept = Simulation(network).snapshot()
    places = list(places_of(network))
    assert {p.key for p in places if p.is_sparse} == kept.edges.keys()
    weighted = {key for key in kept.parameters if not key.startswith("bias:")}
    assert {p.key for p in places if p.has_weights} == weighted
    shapes = {
        key: rule.shape or kept.parameters[rule.owner].shape
        for key, rule in states_of(network, 100).items()
    }
    assert shapes == {key: array.shape for key, array in kept.state.items()}


def test_reading_a_history_needs_no_engine(path: Path) -> None:
    program = (
        "import sys; from neurochannel.storage import peek, read_history, Checkpoint\n"
        f"assert len(read_history({str(path)!r})['epoch']) == 2\n"
        f"assert peek({str(path)!r}).progress.epoch == 2\n"
        "heavy = {'numba', 'scipy', 'pydantic', 'networkx', 'neurochannel.engine.simulation'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


# --- old files -------------------------------------------------------------------------------


def test_files_of_version_1_stay_readable() -> None:
    """The file was written once, by the first release, and is never to be written again."""
    summary = peek(GOLDEN)
    assert summary.name == "golden"
    assert summary.options["rate"] == Decay(0.1, 0.01)
    assert summary.options["seed"] == 2**64 - 1
    assert (summary.progress.epoch, summary.progress.position) == (2, 4)
    assert summary.progress.updates == 7
    history = read_history(GOLDEN)
    assert history["epoch"].tolist() == [1, 2]
    assert history["updates"].tolist() == [3, 6]
    run = load(GOLDEN)
    assert run.batch_size == 4
    assert run.weights["input -> hidden1"].tolist() == GOLDEN_WEIGHTS
    assert run.biases["output"].tolist() == GOLDEN_BIASES
    sources, receivers = run.channel_edges("error -> hidden1")
    assert (sources.tolist(), receivers.tolist()) == GOLDEN_EDGES
    x = np.array([[0, 8, 16]], np.uint8)
    np.testing.assert_allclose(run.predict(x), [GOLDEN_OUTPUT], rtol=1e-9)
    assert not run.history.observations
    # They name no quantizer, which meant octaves until 0.3.
    assert run.network.channel[0].message.quantizer == "octaves"
    assert run.network.forward[1].update.quantizer == "octaves"


def test_files_of_version_3_without_a_format_in_their_network_are_of_octaves(tmp_path, caplog):
    path = tmp_path / "run.h5"
    save(Simulation(mlp(3, 4, 2).with_channel(srbp(bits=3)), tiny_data()), path)
    assert load(path, tiny_data()).network.channel[0].message.quantizer == "powers"
    with h5py.File(path, "r+") as file:
        text = bytes(file["network"][()]).removeprefix(b"format = 3\n")
        del file["network"]
        file["network"] = np.bytes_(text)
    reseal(path)
    assert load(path, tiny_data()).network.channel[0].message.quantizer == "octaves"
    assert not caplog.records


def test_files_of_version_2_stay_readable() -> None:
    """Written once, when observations came, and never to be written again."""
    seen = read_history(GOLDEN_2).observations
    assert list(seen) == [
        "alignment: hidden1",
        "messages: error -> hidden1",
        "entropy: error -> hidden1",
        "own: pair",
    ]
    assert seen["alignment: hidden1"].epochs.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(
        seen["alignment: hidden1"].values.round(6), [85.156401, 105.36435, 86.518311]
    )
    assert seen["messages: error -> hidden1"].labels == ("-1", "0", "1")
    np.testing.assert_array_equal(
        seen["messages: error -> hidden1"].values * 22, [[7, 11, 4], [6, 11, 5], [7, 11, 4]]
    )
    assert seen["own: pair"].labels is None
    np.testing.assert_array_equal(seen["own: pair"].values, [[0.5, np.nan]])
    run = load(GOLDEN_2)
    assert run.network.name == "golden 2"
    assert run.weights["input -> hidden1"][0].tolist() == GOLDEN_2_WEIGHTS
    x = np.array([[0, 8, 16]], np.uint8)
    np.testing.assert_allclose(run.predict(x), [GOLDEN_2_OUTPUT], rtol=1e-9)


def test_a_file_of_version_3_comes_back_with_what_is_in_motion():
    run = load(GOLDEN_3, tiny_data())
    now = run.progress
    assert (now.epoch, now.position, now.updates) == GOLDEN_3_PROGRESS
    state = run.snapshot().state
    assert list(state) == [
        "velocity:weights:input -> h",
        "velocity:weights:h -> output",
        "velocity:bias:h",
        "velocity:channel:error -> h",
    ]
    assert state["velocity:weights:input -> h"][:2].tolist() == GOLDEN_3_VELOCITY
    run.train(1, progress=False)
    np.testing.assert_allclose(run.predict([[1, 2, 3]]), [GOLDEN_3_NEXT], rtol=1e-5)


def refused(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load(path, without_data=True)
    return str(caught.value).removeprefix(f"{path} ")


def moving(path: Path) -> Path:
    network = mlp(3, 4, 2).with_defaults(forward={"momentum": 0.5}).with_channel(bp())
    run = Simulation(network, tiny_data(), batch_size=4)
    run.train(1, progress=False)
    save(run, path)
    return path


STATE = "state/velocity:weights:input -> hidden1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.pop(STATE), f"is damaged: /{STATE} is missing"),
        (lambda f: f["state"].create_dataset("odd", data=[1.0]), "is damaged: /state/odd belongs"),
        (lambda f: f[STATE].write_direct(np.full((3, 4), np.inf, "<f4")), "is damaged: /state/vel"),
        (
            lambda f: f.attrs.modify("random_generator", np.bytes_("dice")),
            "draws from the random generator 'dice', and this neurochannel from",
        ),
    ],
    ids=["missing", "too many", "infinite", "generator"],
)
def test_state_is_read_without_trust(tmp_path, change, words):
    path = moving(tmp_path / "run.h5")
    with h5py.File(path, "r+") as file:
        change(file)
    reseal(path)
    assert refused(path).startswith(words)


def test_momentum_in_a_file_that_is_too_old_for_it_is_refused(tmp_path: Path) -> None:
    path = moving(tmp_path / "run.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 2
        del file["state"], file.attrs["random_generator"]
    reseal(path)
    assert refused(path).startswith("is damaged: state must be those of the network; 'velocity:")


def test_state_that_is_not_finite_is_not_saved(tmp_path):
    run = load(moving(tmp_path / "run.h5"), tiny_data())
    run.machine.states()["velocity:weights:input -> hidden1"][0, 0] = np.inf
    with pytest.raises(CheckpointError, match="'velocity:weights:input -> hidden1' holds NaN or"):
        save(run, tmp_path / "other.h5")


def test_files_of_older_versions_say_that_rounding_at_random_draws_otherwise(tmp_path, caplog):
    run = Simulation(
        mlp(3, 4, 2).with_channel(srbp(bits=3, quantizer="stochastic")), tiny_data(), batch_size=4
    )
    path = tmp_path / "run.h5"
    save(run, path)
    load(path, tiny_data())
    assert not caplog.records
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 2
        del file["state"], file.attrs["random_generator"]
    reseal(path)
    load(path, tiny_data())
    (record,) = caplog.records
    assert "comes from an older version" in record.message
