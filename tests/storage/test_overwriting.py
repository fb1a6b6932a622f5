"""No result is lost by a slip: what exists is replaced on purpose only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import neurochannel as nc
from neurochannel.plot import learning_curves
from tests.storage.runs import tiny_data, tiny_network, tiny_run
from tests.study.studies import small

OLD = b"a result of last week"
NETWORK = nc.mlp(3, 4, 2).with_channel(nc.bp())
TOLD = " must be a new file, but it exists; name another, or give overwrite=True to replace it"
WRITERS: dict[str, tuple[str, Callable[..., Any], type[Exception]]] = {
    "Network.to_toml": (".toml", NETWORK.to_toml, nc.NetworkError),
    **{
        f"write {suffix}": (suffix, partial(nc.write, NETWORK), nc.NetworkError)
        for suffix in (".toml", ".json", ".graphml", ".npz", ".dot")
    },
    "Study.to_toml": (".toml", small().to_toml, nc.NetworkError),
    "save": (".h5", lambda path, **how: nc.save(tiny_run(0), path, **how), nc.CheckpointError),
    "Checkpoint": (
        ".h5",
        lambda path, **how: tiny_run(0).train(1, [nc.Checkpoint(path, **how)], progress=False),
        nc.CheckpointError,
    ),
}


@pytest.mark.parametrize("name", WRITERS)
def test_results_are_replaced_on_purpose_only(name: str, tmp_path: Path) -> None:
    suffix, write, error = WRITERS[name]
    path, link = tmp_path / f"old{suffix}", tmp_path / f"link{suffix}"
    write(path)  # a new file needs no permission
    path.write_bytes(OLD)
    link.symlink_to(path)
    for place in (path, link):
        with pytest.raises(error) as caught:
            write(place)
        told = str(caught.value).removeprefix(str(place)).removeprefix(":")
        assert told == TOLD
        assert path.read_bytes() == OLD
    write(path, overwrite=True)
    assert path.read_bytes() != OLD
    assert sorted(tmp_path.iterdir()) == sorted([path, link])


def test_figures_are_made_again_easily_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "old.svg"
    path.write_bytes(OLD)
    nc.plot.save(learning_curves(tiny_run(2)), path)
    assert path.read_bytes() != OLD


def test_a_run_replaces_its_own_files(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    run = tiny_run(1)
    nc.save(run, path)
    run.train(1, [nc.Checkpoint(path)], progress=False)
    nc.save(run, path)
    again = nc.load(path, tiny_data())
    nc.save(again, path)
    again.train(2, [nc.Checkpoint(path)], progress=False)
    assert nc.load(path, tiny_data()).epoch == 4
    with pytest.raises(nc.CheckpointError, match="must be a new file"):
        nc.save(tiny_run(1), path)


@pytest.mark.parametrize(
    ("pattern", "there", "is_lost"),
    [
        ("run.h5", "run.h5", True),
        ("run-{epoch}.h5", "run-3.h5", True),
        ("run-{epoch:03}.h5", "run-003.h5", True),
        ("run-{epoch}.h5", "run-2.h5", False),  # before this run goes on
        ("run-{epoch:03}.h5", "run-3.h5", False),
        ("{seed}-{epoch}.h5", "3-4.h5", True),
        ("{seed}-{epoch}.h5", "4-4.h5", False),
    ],
)
def test_lost_files_are_found_out_before_training(
    pattern: str, there: str, is_lost: bool, tmp_path: Path
) -> None:
    (tmp_path / there).write_bytes(OLD)
    run = tiny_run(2)
    callback = nc.Checkpoint(tmp_path / pattern)
    if not is_lost:
        run.train(2, [callback], progress=False)
        assert run.epoch == 4
    else:
        with pytest.raises(nc.CheckpointError) as caught:
            run.train(2, [callback], progress=False)
        assert str(caught.value) == f"{tmp_path / there}{TOLD}"
        assert run.epoch == 2
    assert (tmp_path / there).read_bytes() == OLD


def test_networks_that_share_a_file_do_not_lose_each_other(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with pytest.raises(nc.CheckpointError, match="must be a new file"):
        nc.train_many(
            tiny_network(),
            tiny_data(),
            epochs=2,
            seeds=[0, 1],
            workers=1,
            batch_size=4,
            callbacks=[nc.Checkpoint(path)],
            progress=False,
        )
    assert nc.load(path, tiny_data()).epoch == 2
