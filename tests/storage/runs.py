"""Small runs, and how two of them are compared to the last bit."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from neurochannel import data
from neurochannel.data import Data
from neurochannel.engine import epoch, machine
from neurochannel.engine.simulation import Simulation
from neurochannel.model.network import Network
from neurochannel.model.recipes import asrbp, mlp, rbp, srbp
from neurochannel.storage.seal import put_seal

ROOT = Path(__file__).parents[2]
TOPOLOGIES = sorted((ROOT / "topologies").glob("*.toml"))
TEXT = h5py.string_dtype("utf-8", 5)
COPIES: dict[str, Callable[[Simulation], Simulation]] = {
    "run.copy": Simulation.copy,
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda run, protocol=protocol: pickle.loads(
            pickle.dumps(run, protocol)
        )
        for protocol in (2, pickle.HIGHEST_PROTOCOL)
    },
}
"""Ways to copy a run."""


def few_digits(n: int = 230, n_test: int = 40) -> Data:
    """Real digits, few of them and without a name."""
    digits = data.load("digits")
    train, test = digits.train, digits.test
    x, u = (part.reshape(-1, 8, 8) for part in (train.x[:n], test.x[:n_test]))
    return Data(x, train.t[:n], u, test.t[:n_test], scale=1 / 16)


def tiny_data(n: int = 11, seed: int = 0) -> Data:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return Data(rng.normal(size=(n, 3)), labels, rng.normal(size=(4, 3)), labels[:4])


def tiny_network() -> Network:
    """Every kind of array: dense and sparse, adaptive and none, weights in motion and at rest."""
    network = mlp(3, 4, 5, 2).with_defaults(
        forward={"momentum": 0.9}, population={"bias": {"momentum": 0.5}}
    )
    return network.with_channel(rbp(to="hidden1", fan_in=1), asrbp(to="hidden2", momentum=0.5))


def tiny_run(epochs: int = 2, **options: Any) -> Simulation:
    run = Simulation(tiny_network(), tiny_data(), **{"batch_size": 4, "seed": 3, **options})
    if epochs:
        run.train(epochs, progress=False)
    return run


def plain_run() -> Simulation:
    return Simulation(mlp(3, 4, 2).with_channel(srbp()), tiny_data(), batch_size=4)


def train_to_the_middle(run: Simulation, examples: int) -> None:
    """Begin an epoch and stop it at a batch as Ctrl-C does."""

    def interrupted(work: Callable[[], int], control: np.ndarray, *_: object) -> int:
        drive = machine.drive

        def up_to(calls: Any, batch: Any, order: Any, rates: Any, start: int, now: Any) -> int:
            n_batches = -(-(examples - start) // int(batch[0]["capacity"]))
            return drive(calls, batch, order, rates[:n_batches], start, now)

        patch.setattr(machine, "drive", up_to)
        work()
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(epoch, "run_watched", interrupted)
        run.train(1, progress=False)
    assert run.progress.position == examples


def assert_same(one: Simulation, other: Simulation) -> None:
    """All bits agree, seconds apart."""
    first, second = one.snapshot(), other.snapshot()
    assert first.parameters.keys() == second.parameters.keys()
    for key, array in first.parameters.items():
        assert array.dtype == second.parameters[key].dtype
        assert array.tobytes() == second.parameters[key].tobytes(), key
    assert first.state.keys() == second.state.keys()
    for key, array in first.state.items():
        assert array.tobytes() == second.state[key].tobytes(), key
    assert first.edges.keys() == second.edges.keys()
    for key, lists in first.edges.items():
        for mine, yours in zip(lists, second.edges[key], strict=True):
            np.testing.assert_array_equal(mine, yours, err_msg=key)
    for count in ("epoch", "position", "updates"):
        assert getattr(first.progress, count) == getattr(second.progress, count)
    for column in one.history:
        if column != "seconds":
            np.testing.assert_array_equal(one.history[column], other.history[column])
    assert list(first.observations) == list(second.observations)
    for name, series in first.observations.items():
        for mine, yours in zip(series, second.observations[name], strict=True):
            np.testing.assert_array_equal(mine, yours, err_msg=name)
    assert one.network == other.network
    assert first.units == second.units


def reseal(path: Path) -> None:
    content = bytearray(path.read_bytes())
    put_seal(memoryview(content))
    path.write_bytes(content)


@contextmanager
def edited(path: Path) -> Iterator[h5py.File]:
    """Open a checkpoint for changes and seal it anew."""
    with h5py.File(path, "r+") as file:
        yield file
    reseal(path)


def set_text(file: h5py.File, name: str, text: str) -> None:
    del file[name]
    encoded = text.encode()
    file[name] = np.array(encoded, h5py.string_dtype("utf-8", len(encoded)))
