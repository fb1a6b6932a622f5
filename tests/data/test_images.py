from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.data.units import Units
from neurochannel.errors import DataError
from neurochannel.storage import load, peek, save
from tests import bulk
from tests.storage.runs import assert_same


def images(n: int = 12, shape: tuple[int, ...] = (5, 4, 3), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, *shape)).astype(np.uint8)


def colored(n: int = 12, n_test: int = 5) -> nc.Data:
    return nc.Data(images(n), np.arange(n) % 3, images(n_test, seed=1), np.arange(n_test) % 3)


# --- shape -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "shape", "kept"),
    [
        ((5, 4, 3), None, (5, 4, 3)),
        ((5, 4), None, (5, 4)),
        ((60,), None, (60,)),
        ((60,), (5, 4, 3), (5, 4, 3)),
        ((60,), [10, 6], (10, 6)),
        ((5, 4, 3), (5, 4, 3), (5, 4, 3)),
        ((2, 2, 2, 2), None, (16,)),
    ],
)
def test_the_shape_of_images_is_kept(given: object, shape: object, kept: object) -> None:
    data = nc.Data(images(4, given), [0, 1, 2, 0], shape=shape)
    assert data.shape == kept
    assert data.train.x.shape == (4, np.prod(given))


def test_one_part_may_be_flat() -> None:
    flat = images(4).reshape(4, -1)
    assert nc.Data(flat, [0, 1, 2, 0], images(2), [0, 1]).shape == (5, 4, 3)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((4, 5, 3), r"shape must be that of an example of train_x, \(5, 4, 3\), got \(4, 5, 3\)"),
        ((5, 4), r"shape must be that of an example of train_x, \(5, 4, 3\), got \(5, 4\)"),
        ((5, 4, 0), r"shape must be \(inputs,\), .*, got \(5, 4, 0\)"),
        ((5, 4.5), "shape must be"),
        (60, "shape must be .*, got 60"),
    ],
)
def test_a_shape_that_is_not_that_of_the_images_is_refused(shape: object, says: str) -> None:
    with pytest.raises(DataError, match=says):
        nc.Data(images(4), [0, 1, 2, 0], shape=shape)


def test_images_of_two_shapes_are_refused() -> None:
    with pytest.raises(DataError, match=r"images of one shape, got \(5, 4, 3\) and \(4, 5, 3\)"):
        nc.Data(images(3), [0, 1, 2], images(3, (4, 5, 3)), [0, 1, 2])


def test_a_file_may_tell_shape_scale_and_offset(tmp_path: Path) -> None:
    import h5py

    found = {"train_x": images(4).reshape(4, -1), "train_t": np.array([0, 1, 2, 0])}
    found |= {"scale": np.array([1.0, 2.0, 3.0]), "offset": np.array([0.0, -1.0, 1.0])}
    found |= {"shape": np.array([5, 4, 3])}
    np.savez(tmp_path / "own.npz", **found)
    with h5py.File(tmp_path / "own.h5", "w") as root:
        for name, array in found.items():
            root[name] = array
    for name in ("own.npz", "own.h5"):
        data = nc.data.load(tmp_path / name)
        assert data.shape == (5, 4, 3)
        assert data.units == Units((1.0, 2.0, 3.0), (0.0, -1.0, 1.0))


def test_known_data_sets_have_a_shape() -> None:
    assert nc.data.load("digits").shape == (8, 8)


# --- scale and offset by map -------------------------------------------------------------------


def test_bytes_are_standardized_by_map_without_a_copy() -> None:
    data = colored()
    standard = data.standardized()
    assert standard.train.x is data.train.x
    x = nc.Simulation(nc.mlp(60, 3), standard, dtype="float64").forward(data.train.x)["input"]
    by_map = x.reshape(-1, 3)
    np.testing.assert_allclose(by_map.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(by_map.std(axis=0), 1, atol=1e-12)
    np.testing.assert_allclose(x, standard.units.applied(data.train.x), atol=1e-14)


def test_a_map_that_is_the_same_everywhere_becomes_0() -> None:
    x = images()
    x[..., 1] = 7
    standard = nc.Data(x, np.arange(12) % 3).standardized()
    assert not standard.units.applied(standard.train.x).reshape(-1, 3)[:, 1].any()


def test_one_number_for_all_maps_is_one_number() -> None:
    data = nc.Data(images(), np.arange(12) % 3, scale=[0.5] * 3)
    assert (data.scale, data.offset, data.units) == (0.5, 0.0, Units((0.5,)))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"scale": [1.0, 2.0]}, "scale must be .* or one for each of the 3 maps, got"),
        ({"scale": [1.0, 2.0, 0.0]}, "scale must be"),
        ({"offset": [1.0, np.nan, 0.0]}, "offset must be a finite number, or one for each"),
        ({"offset": "wide"}, "offset must be"),
    ],
)
def test_wrong_units_are_refused(given: dict, says: str) -> None:
    with pytest.raises(DataError, match=says):
        nc.Data(images(), np.arange(12) % 3, **given)


def test_floats_are_not_standardized() -> None:
    with pytest.raises(DataError, match="train_x must be uint8 to be standardized, got float32"):
        nc.Data(images().astype(np.float32), np.arange(12) % 3).standardized()


def test_the_fingerprint_tells_units_and_moves_apart() -> None:
    data = colored()
    several = [data, data.standardized(), data.augmented(2), data.augmented(2, True)]
    several += [
        data.augmented(flip=True),
        nc.Data(*data.train, *data.test, shape=data.shape, offset=0.5),
    ]
    assert len({one.fingerprint for one in several}) == len(several)


def test_inputs_far_from_standardized_ones_are_refused() -> None:
    run = nc.Simulation(nc.mlp(60, 3), colored().standardized())
    with pytest.raises(DataError, match="has scaled bytes with an offset as training data"):
        run.predict(colored().train.x.astype(np.float32))


# --- moves -------------------------------------------------------------------------------------


def moved(data: nc.Data, seed: int, epoch: int) -> np.ndarray:
    """All training images as an epoch meets them, from the definition."""
    height, width, maps = data.shape
    values = data.units.applied(data.train.x).reshape(-1, height, width, maps)
    key, out = bulk.key(seed, "moves", epoch), np.zeros_like(values)
    n = 2 * data.shift + 1
    for i, image in enumerate(values):
        words = bulk.word(key, np.arange(4 * i, 4 * i + 3))
        dy, dx = ((int(w) * n >> 32) - data.shift for w in words[:2])
        wide = np.zeros((height + 2 * data.shift, width + 2 * data.shift, maps))
        wide[data.shift :, data.shift :][:height, :width] = image
        seen = wide[data.shift + dy :, data.shift + dx :][:height, :width]
        out[i] = seen[:, ::-1] if data.flip and int(words[2]) >> 31 else seen
    return out.reshape(len(values), -1)


@pytest.mark.parametrize("shift", [0, 1, 3])
@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_training_on_moved_images_is_training_on_them(shift: int, flip: bool, kind: type) -> None:
    data = nc.Data(images().astype(kind), np.arange(12) % 3).augmented(shift, flip)
    options = {"rate": 0.01, "batch_size": 5, "seed": 3, "dtype": "float64"}
    network = nc.mlp(60, 3)
    run, other = nc.Simulation(network, data, **options), nc.Simulation(network, **options)
    run.train(2, progress=False, evaluate_every=None)
    for epoch in range(2):
        x, order = moved(data, 3, epoch) if kind is np.uint8 else None, run.order(epoch)
        if x is None:
            x = moved(data.in_units(Units((1.0,))), 3, epoch)
        for begin in range(0, 12, 5):
            some = order[begin : begin + 5]
            other.step(x[some], data.train.t[some])
    np.testing.assert_allclose(
        run.weights["input -> output"], other.weights["input -> output"], rtol=1e-10, atol=1e-12
    )


def test_scores_and_predictions_see_images_as_they_are() -> None:
    data = colored()
    plain, run = (nc.Simulation(nc.mlp(60, 3), d) for d in (data, data.augmented(2, True)))
    assert plain.evaluate(data.train) == run.evaluate(run.data.train)
    np.testing.assert_array_equal(plain.predict(data.train.x), run.predict(data.train.x))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"shift": 4}, r"shift must be below the 4 pixels of images of the shape \(5, 4, 3\), got"),
        ({"shift": -1}, "shift must be a whole number of pixels"),
        ({"shift": 1.5}, "shift must be a whole number of pixels"),
        ({"flip": 1}, "flip True or False"),
    ],
)
def test_impossible_moves_are_refused(given: dict, says: str) -> None:
    with pytest.raises(DataError, match=says):
        colored().augmented(**given)


def test_rows_without_a_shape_do_not_move() -> None:
    flat = nc.Data(images().reshape(12, -1), np.arange(12) % 3)
    with pytest.raises(DataError, match="must be images to be shifted or flipped, got 60 inputs"):
        flat.augmented(1)


# --- names -------------------------------------------------------------------------------------


def test_a_name_may_say_what_is_done_to_images() -> None:
    data = nc.data.load("digits+flip+standardize+shift=1")
    assert (data.shift, data.flip) == (1, True)
    assert data.units == nc.data.load("digits").standardized().units
    assert data.name == "digits+standardize+shift=1+flip"
    assert nc.data.load(data.name).fingerprint == data.fingerprint
    with pytest.raises(DataError, match="'flip' once at most"):
        nc.data.load("digits+flip+flip")


@pytest.mark.parametrize(
    ("name", "word", "remedy"),
    [
        ("digits+turn", "turn", "leave it out"),
        ("digits+standardized", "standardized", "write +standardize"),
        ("digits+flip+shift=1.5", "shift=1.5", "write +shift=N"),
        ("cifar10+shift", "shift", "write +shift=N"),
        ("cifar10+First=9+flip", "First=9", "write +first=N"),
        ("own.npz+", "", "leave it out"),
        ("folder/own.npz+flip=2", "flip=2", "write +flip"),
    ],
)
def test_a_word_after_a_name_that_asks_for_nothing_known_is_told(
    name: str, word: str, remedy: str
) -> None:
    with pytest.raises(DataError) as caught:
        nc.data.load(name)
    assert str(caught.value) == (
        f"{name.partition('+')[0]} must be followed by +first=N, +standardize, +shift=N or +flip "
        f"alone, got '+{word}'; {remedy}"
    )


def test_a_file_may_have_such_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a+flip.npz"
    np.savez(path, train_x=images(), train_t=np.arange(12) % 3)
    assert not nc.data.load(path).flip
    assert nc.data.load(f"{path}+flip").flip


@pytest.mark.parametrize("name", ["digits+standardize", "digits+shift=2+flip"])
def test_a_run_resumes_bit_for_bit(tmp_path: Path, name: str) -> None:
    path = tmp_path / "run.h5"
    whole, first = (
        nc.Simulation(nc.mlp(64, 10), nc.data.load(name), seed=2, batch_size=50) for _ in range(2)
    )
    whole.train(2, progress=False)
    first.train(1, progress=False)
    save(first, path)
    assert peek(path).units == whole.data.units
    resumed = load(path)
    resumed.train(1, progress=False)
    assert_same(whole, resumed)
    x = whole.data.test.x
    np.testing.assert_array_equal(load(path, without_data=True).predict(x), load(path).predict(x))


def test_the_first_training_examples_alone() -> None:
    digits, few = nc.data.load("digits"), nc.data.load("digits+first=100+standardize")
    assert few.name == "digits+first=100+standardize"
    assert len(few.train.x) == len(few.train.t) == 100
    np.testing.assert_array_equal(few.train.x, digits.train.x[:100])
    np.testing.assert_array_equal(few.test.x, digits.test.x)
    assert few.units != digits.standardized().units
    assert few.fingerprint == digits.first(100).standardized().fingerprint
    for wrong in (0, 2000, 1.5, True):
        with pytest.raises(DataError, match="from 1 to 1438, got"):
            digits.first(wrong)
    with pytest.raises(DataError, match="'first' once at most"):
        nc.data.load("digits+first=3+first=4")
