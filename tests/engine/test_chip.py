"""Maps of the chip: functions of its seed alone, drawn again wherever a run comes back."""

from __future__ import annotations

import copy
import json
import pickle
import zlib
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurochannel.engine import chip, compiler
from neurochannel.engine.many import train_many
from neurochannel.engine.options import Options
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import CheckpointError, OptionError
from neurochannel.model.recipes import mlp, rbp
from neurochannel.storage import load, peek, save
from neurochannel.storage.writing import image_of
from tests import philox
from tests.networks import SEEDS
from tests.storage.runs import assert_same, tiny_data, tiny_network

DRAWS = {
    "gain:hidden": chip.Normal(0.1, mean=1.0),
    "stuck:hidden": chip.Uniform(-2.0, 0.5),
    "dead:hidden": chip.Chosen(0.3),
}


def sure(seed: int, name: str, n: int) -> np.ndarray:
    index, stream = np.arange(n), f"chip:{name}"
    if name.startswith("gain"):
        return 1.0 + 0.1 * philox.normal(seed, stream, 0, index)
    luck = 2 * philox.uniform(seed, stream, 0, index) - 1
    if name.startswith("stuck"):
        return -0.75 + 1.25 * luck
    ones = np.zeros(n)
    ones[np.argsort(luck, kind="stable")[: int(np.floor(0.3 * n + 0.5))]] = 1.0
    return ones


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every network have three maps."""

    def reserve(network, edges, memory):
        hidden = next(n for n in network.forward_order if n not in (network.input, network.output))
        for name, draw in DRAWS.items():
            memory.add_map(name, (network.size(hidden),), draw)

    monkeypatch.setattr(compiler, "reserve_maps", reserve)


# --- draws -----------------------------------------------------------------------------------


@given(seed=SEEDS, n=st.integers(1, 40))
def test_draws_are_those_of_the_twin(seed: int, n: int) -> None:
    for name, draw in DRAWS.items():
        drawn = draw.numbers(n, np.uint64(seed), chip.chip_stream(name))
        np.testing.assert_allclose(drawn, sure(seed, name, n), rtol=1e-12, atol=1e-12)


@given(seed=SEEDS, n=st.integers(1, 60), two=st.tuples(*[st.floats(0, 1)] * 2).map(sorted))
def test_a_larger_fraction_chooses_the_same_and_more(seed: int, n: int, two: list[float]) -> None:
    few, many = (chip.Chosen(p).numbers(n, np.uint64(seed), np.uint64(7)) for p in two)
    assert (few <= many).all() and set(np.unique(many)) <= {0.0, 1.0}
    assert [few.sum(), many.sum()] == [chip.n_chosen(p, n) for p in two]
    assert abs(few.sum() - two[0] * n) <= 0.5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_chip_is_the_same_in_both_precisions(mapped: None, dtype: str) -> None:
    run = Simulation(tiny_network(), tiny_data(), seed=3, chip_seed=8, dtype=dtype)
    for name, array in run.chip.items():
        np.testing.assert_allclose(array, sure(8, name, len(array)), rtol=1e-6, atol=1e-6)
        assert array.dtype == dtype and not array.flags.writeable


# --- which seed ------------------------------------------------------------------------------


def same_chip(one: Simulation, other: Simulation) -> bool:
    return all(np.array_equal(array, other.chip[name]) for name, array in one.chip.items())


def test_the_chip_has_the_seed_of_the_option_or_the_network_or_the_run(mapped: None) -> None:
    plain, own = tiny_network(), tiny_network().model_copy(update={"chip_seed": 4})
    seeds = [
        Simulation(network, tiny_data(), seed=2, chip_seed=given).chip_seed
        for network in (plain, own)
        for given in (None, 0)
    ]
    assert seeds == [2, 0, 4, 0]
    first = Simulation(own, tiny_data(), seed=2)
    assert same_chip(first, Simulation(plain, tiny_data(), seed=9, chip_seed=4))
    assert not same_chip(first, Simulation(plain, tiny_data(), seed=2))
    for key in first.machine.spans:
        there = Simulation(plain, tiny_data(), seed=2).machine.parameter(key)
        assert np.array_equal(first.machine.parameter(key), there)


def test_train_many_takes_seeds_on_one_chip_and_one_seed_on_chips(mapped: None) -> None:
    network, data = tiny_network(), tiny_data()
    starts = train_many(network, data, epochs=1, seeds=[1, 2], chip_seeds=0, progress=False)
    assert [(run.seed, run.chip_seed) for run in starts] == [(1, 0), (2, 0)]
    assert same_chip(*starts)
    chips = train_many(network, data, epochs=1, seeds=5, chip_seeds=[1, 2], progress=False)
    assert [(run.seed, run.chip_seed) for run in chips] == [(5, 1), (5, 2)]
    assert not same_chip(*chips)
    assert [run.chip_seed for run in train_many([network] * 2, data, epochs=1, seeds=[3, 4])] == [
        3,
        4,
    ]
    with pytest.raises(OptionError, match="one chip seed for each network, got 3 chip seeds for 2"):
        train_many(network, data, epochs=1, seeds=[1, 2], chip_seeds=[1, 2, 3])


def test_branches_keep_a_chip_that_was_named_and_redraw_another(mapped: None) -> None:
    named = Simulation(tiny_network(), tiny_data(), seed=2, chip_seed=2)
    assert same_chip(named, named.branch(seed=7))
    assert not same_chip(named, named.branch(chip_seed=7))
    assert not same_chip(named, Simulation(tiny_network(), tiny_data(), seed=2).branch(seed=7))


# --- coming back -----------------------------------------------------------------------------


@pytest.mark.parametrize("chip_seed", [None, 3, 2**64 - 1])
def test_copies_pickles_and_files_have_the_chip(
    mapped: None, chip_seed: int | None, tmp_path: Path
) -> None:
    run = Simulation(tiny_network(), tiny_data(), seed=3, batch_size=4, chip_seed=chip_seed)
    run.train(1, progress=False)
    save(run, tmp_path / "run.h5")
    loaded = load(tmp_path / "run.h5", tiny_data())
    for made in (run.copy(), copy.deepcopy(run), pickle.loads(pickle.dumps(run)), loaded):
        assert made.options == run.options and same_chip(run, made)
        assert_same(run, made)
    summary = peek(tmp_path / "run.h5")
    assert summary.options["chip_seed"] == chip_seed and summary.chip_seed == run.chip_seed
    with h5py.File(tmp_path / "run.h5") as file:
        noted = json.loads(file["chip"][()].decode())
    assert noted == {name: zlib.crc32(array.tobytes()) for name, array in run.chip.items()}


def test_another_chip_is_refused(
    mapped: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = Simulation(tiny_network(), tiny_data())
    save(run, tmp_path / "run.h5")
    kept = pickle.dumps(run)
    monkeypatch.setitem(DRAWS, "gain:hidden", chip.Normal(0.1, mean=np.nextafter(1.0, 2.0) + 1e-6))
    sentence = "the chip's map 'gain:hidden' comes out with other numbers here"
    with pytest.raises(CheckpointError, match=f"run.h5 cannot be resumed here: {sentence}"):
        load(tmp_path / "run.h5", tiny_data())
    with pytest.raises(OptionError, match=f"^{sentence}"):
        pickle.loads(kept)
    monkeypatch.delitem(DRAWS, "gain:hidden")
    with pytest.raises(CheckpointError, match="/chip must name the maps stuck:hidden and dead"):
        load(tmp_path / "run.h5", tiny_data())


def test_without_maps_nothing_is_added() -> None:
    network = mlp(3, 4, 2).with_channel(rbp())
    run = Simulation(network, seed=1, chip_seed=9)
    assert run.chip == {} and run.machine.memory.maps == {}
    plain = Simulation(network, seed=1)
    assert np.array_equal(run.machine.values, plain.machine.values)
    for one, named in ((plain, False), (run, True)):
        with h5py.File(BytesIO(image_of(one))) as file:
            assert "chip" not in file and ("chip_seed" in file["options"].attrs) is named


@pytest.mark.parametrize("wrong", [-1, 2**64, 1.5, True, "1"])
def test_a_wrong_chip_seed_is_refused(wrong: object) -> None:
    with pytest.raises(OptionError, match="chip_seed must"):
        Options(chip_seed=wrong)
