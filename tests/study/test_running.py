"""Running studies: the same rows everywhere, and a reason for each point that went wrong."""

from __future__ import annotations

import itertools
import math
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, get_args

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.engine.feeds import Feeds
from neurochannel.errors import DataError, NeurochannelError, OptionError
from neurochannel.observe.observers import QUANTITIES, Observe
from neurochannel.study import executors, point_worker
from neurochannel.study.estimate import CostEstimate, estimate
from neurochannel.study.folder import read_rows
from neurochannel.study.plan import points
from neurochannel.study.runner import run_plan
from neurochannel.study.spec import Recorded
from tests.study.studies import BITS, small, trained, without_clocks


def test_a_row_is_what_a_simulation_gives(tmp_path: Path) -> None:
    study = small(train={"epochs": 3, "batch_size": 50, "rate": 0.2, "decay": 1e-3}, seeds=[4])
    (row,) = trained(study, tmp_path, progress=False)
    run = nc.Simulation(
        study.network,
        nc.data.load("digits"),
        rate=nc.Decay(0.2, 1e-3),
        batch_size=50,
        seed=4,
    )
    run.train(3, progress=False)
    last = run.history.last
    for name in ("test_accuracy", "train_accuracy", "test_loss", "train_loss"):
        assert row["outcome"][name] == getattr(last, name)
        assert row["curves"][name] == run.history[name].tolist()
    assert row["outcome"]["epochs"] == 3
    assert row["outcome"]["seconds"] > 0
    assert (row["status"], row["reason"], row["seed"]) == ("done", None, 4)
    assert row["worker"]["numpy"] == np.__version__


def test_rows_stand_in_the_order_of_the_plan_with_its_labels(tmp_path: Path) -> None:
    study = small(axes={BITS: [3, 1]}, labels={BITS: "bits"})
    rows = trained(study, tmp_path, progress=False)
    assert [(row["axes"], row["seed"]) for row in rows] == [
        ({"bits": bits}, seed) for bits in (3, 1) for seed in (0, 1)
    ]
    assert read_rows(tmp_path) == rows
    named = small(axes={BITS: [{"label": "one", "value": 1}]})
    assert [row["axes"] for row in trained(named, tmp_path, progress=False)] == [{BITS: "one"}] * 2


def test_one_point_of_several_rows_is_run_once(tmp_path: Path) -> None:
    study = small(axes={"channel.recipe": ["top_only", "bp"], BITS: [1, 2]})
    rows = trained(study, tmp_path, progress=False)
    assert len(rows) == 8
    assert len(list(tmp_path.glob("points/*/*.json"))) == 6
    assert [row["axes"][BITS] for row in rows[:4]] == [1, 1, 2, 2]
    assert rows[0]["outcome"] == rows[2]["outcome"]


def test_workers_and_executors_give_the_same_rows(tmp_path: Path) -> None:
    study = small(axes={BITS: ["none", 2]})
    expected = without_clocks(trained(study, tmp_path / "one", workers=1, progress=False))
    two = trained(study, tmp_path / "two", workers=2, progress=False)
    assert without_clocks(two) == expected
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        away = trained(study, tmp_path / "pool", executor=pool, progress=False)
    assert without_clocks(away) == expected


def test_without_history_there_are_no_curves_and_one_score(tmp_path: Path) -> None:
    curves = trained(small(seeds=1), tmp_path, progress=False)[0]
    bare = trained(small(seeds=1, record=[]), tmp_path, progress=False)[0]
    assert bare["curves"] == {}
    scores = ("test_accuracy", "train_loss", "epochs")
    assert [bare["outcome"][n] for n in scores] == [curves["outcome"][n] for n in scores]


def test_what_observers_measure_can_be_kept(tmp_path: Path) -> None:
    study = small(seeds=1, record=["alignment", "messages"])
    (row,) = trained(study, tmp_path, progress=False)
    run = nc.Simulation(study.network, nc.data.load("digits"), batch_size=100)
    run.train(2, [Observe("alignment", "messages", at=[0, 1, 2])], progress=False)
    seen = run.history.observations
    assert set(row["observations"]) == set(seen)
    for name, series in row["observations"].items():
        assert series["epochs"] == [0, 1, 2]
        assert series["values"] == seen[name].values.tolist()
    angle = row["outcome"]["alignment: hidden1"]
    assert angle == seen["alignment: hidden1"].values[-1]
    assert 0 < angle < 180


def test_all_that_can_be_observed_can_be_recorded() -> None:
    assert get_args(Recorded) == ("history", "checkpoint", *QUANTITIES)


def test_checkpoints_can_be_kept(tmp_path: Path) -> None:
    study = small(seeds=1, record=["history", "checkpoint"])
    (row,) = trained(study, tmp_path, progress=False)
    run = nc.load(row["checkpoint"])
    assert run.evaluate().accuracy == row["outcome"]["test_accuracy"]
    assert run.epoch == 2
    Path(row["checkpoint"]).unlink()
    assert read_rows(tmp_path) == []
    (again,) = trained(study, tmp_path, progress=False)
    assert Path(again["checkpoint"]).exists()


def test_a_point_that_diverges_is_a_row(tmp_path: Path) -> None:
    network = nc.mlp(None, 6, None, activation="linear", output="linear").with_channel(nc.bp())
    study = small(network=network, axes={"train.rate": [0.01, 1e30]}, seeds=1)
    good, bad = trained(study, tmp_path, progress=False)
    assert (good["status"], bad["status"]) == ("done", "diverged")
    assert "not finite" in bad["reason"] or "NaN" in bad["reason"] or "Inf" in bad["reason"]
    assert math.isnan(bad["outcome"]["test_accuracy"])
    assert bad["outcome"]["epochs"] < 2
    before = [path.stat().st_mtime_ns for path in tmp_path.glob("points/*/*.json")]
    trained(study, tmp_path, progress=False)
    assert [path.stat().st_mtime_ns for path in tmp_path.glob("points/*/*.json")] == before


def test_a_point_that_raises_is_a_row_and_is_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = small(seeds=3)
    real = nc.Simulation.train

    def failing(self: nc.Simulation, *given: Any, **options: Any) -> Any:
        if self.seed == 1:
            raise ZeroDivisionError("by chance")
        return real(self, *given, **options)

    monkeypatch.setattr(nc.Simulation, "train", failing)
    rows = trained(study, tmp_path, progress=False)
    assert [row["status"] for row in rows] == ["done", "failed", "done"]
    assert rows[1]["reason"] == "ZeroDivisionError: by chance"
    monkeypatch.undo()
    kept = trained(study, tmp_path, retry_failed=False, progress=False)
    assert [row["status"] for row in kept] == ["done", "failed", "done"]
    again = trained(study, tmp_path, progress=False)
    assert [row["status"] for row in again] == ["done"] * 3


def test_one_copy_of_the_data_serves_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    real = Feeds.__init__

    def counted(self: Feeds, *given: Any) -> None:
        made.append(self)
        real(self, *given)

    monkeypatch.setattr(Feeds, "__init__", counted)
    trained(small(seeds=6), tmp_path, workers=2, progress=False)
    assert len(made) == 1


def test_few_points_are_under_way_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: set[Future[Any]] = set()
    most = 0

    class Counting(ThreadPoolExecutor):
        def submit(self, *given: Any, **options: Any) -> Future[Any]:
            nonlocal most
            future = super().submit(*given, **options)
            under_way.add(future)
            future.add_done_callback(under_way.discard)
            most = max(most, len(under_way))
            return future

    monkeypatch.setattr(executors.GivenExecutor, "ahead", 5)
    with Counting(1) as pool:
        rows = trained(small(seeds=30), tmp_path, executor=pool, progress=False)
    assert len(rows) == 30
    assert 1 < most <= 5


def test_workers_with_other_versions_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, main = point_worker.versions(), threading.main_thread()
    other = {**ours, "numpy": "1.0"}

    def differing() -> point_worker.Versions:
        return ours if threading.current_thread() is main else other

    monkeypatch.setattr(executors, "versions", differing)
    with ThreadPoolExecutor(1) as pool, pytest.raises(OptionError) as caught:
        trained(small(), tmp_path, executor=pool, progress=False)
    assert str(caught.value) == (
        "workers must run the versions of this process, but a worker has numpy 1.0 "
        f"instead of {np.__version__}; install the same there"
    )
    assert list(tmp_path.glob("points/*/*")) == []


def test_a_single_worker_with_other_versions_is_refused_too() -> None:
    point = points(small(seeds=1)).entries[0].point
    other = {**point_worker.versions(), "numba": "0.1"}
    with pytest.raises(OptionError, match="instead of 0.1; install the same there"):
        point_worker.run_point(point, other)


def test_a_worker_with_other_data_ends_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = small()
    plan = points(study)
    other = nc.Data([[0.0] * 64], [9], [[0.0] * 64], [9], name="digits")
    monkeypatch.setattr(point_worker, "_loaded", lambda name: other)
    with pytest.raises(DataError, match="has another content than where the study was planned"):
        run_plan(plan, tmp_path, workers=1, progress=False)
    assert read_rows(tmp_path) == []


def test_bad_requests_are_one_sentence(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(OptionError, match="must be left out when"):
        trained(small(), tmp_path, workers=1, executor=pool)
    with pytest.raises(OptionError, match="workers must be at least 1, got 0"):
        trained(small(), tmp_path, workers=0)
    with pytest.raises(OptionError, match="executor must take points, but it refused one"):
        trained(small(), tmp_path, executor=pool)
    with pytest.raises(NeurochannelError, match="holds no study; name the folder"):
        read_rows(tmp_path / "nothing")


class Timed(point_worker.Worker):
    """Takes 10 ms and 2 ms for each epoch, by a clock of its own."""

    past: ClassVar[list[float]] = []

    def run(self, point: Any, expected: Any = None) -> Any:
        row, weights = super().run(point, expected)
        row["worker"]["seconds"] = 0.01 + 0.002 * point.epochs
        self.past.append(row["worker"]["seconds"])
        return row, weights


def test_an_estimate_scales_some_points(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(perf_counter=lambda: sum(Timed.past))
    monkeypatch.setattr("neurochannel.study.estimate.Worker", Timed)
    monkeypatch.setattr("neurochannel.study.estimate.time", clock)
    todo = list(points(small(seeds=3, train={"epochs": 7})).points().values())
    cost = estimate(todo)
    assert cost.seconds == pytest.approx(3 * 0.01 + 21 * 0.002)
    assert cost.seconds_per_epoch == pytest.approx(0.002)
    assert cost.n_tried == 3
    n_folders = len({point.id[:2] for point in todo})
    assert cost.n_bytes == (3 + n_folders) * 4096
    # Two take turns here, so that each seems twice as slow.
    assert estimate(todo, workers=2).seconds == pytest.approx(2 * cost.seconds)
    kept = list(points(small(seeds=3, record=["checkpoint"])).points().values())
    assert estimate(kept).n_bytes > 3 * 8192
    assert estimate([])[:3] == (0.0, 0, 0.0)


def test_an_estimate_is_of_what_the_folder_takes(tmp_path: Path) -> None:
    """Files and folders, in whole blocks; next to them is the plan, which is small."""
    study = small(seeds=40, train={"epochs": 2}, record=["history", "checkpoint"])
    cost = estimate(list(points(study).points().values()))
    trained(study, tmp_path, progress=False)
    kept = [*(tmp_path / "points").rglob("*"), *(tmp_path / "weights").rglob("*")]
    n_bytes = sum(4096 * (1 if path.is_dir() else -(-path.stat().st_size // 4096)) for path in kept)
    assert cost.n_bytes == n_bytes


def test_long_epochs_are_timed_with_all_workers_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone an epoch is faster; a point that diverges ends before its epoch; few are scored."""
    train = {"epochs": 7, "evaluate_every": [1, 3]}
    todo = list(points(small(seeds=5, train=train)).points().values())
    together, n_runs = threading.Barrier(3), itertools.count()
    say = dict(zip([todo[0].id, todo[2].id, todo[4].id], (6.0, 8.0, 0.1), strict=True))

    class Slow:
        def run(self, point: Any) -> tuple[dict[str, Any], None]:
            assert point.epochs == 1
            seed = point.seed
            seconds = 3.0
            if next(n_runs):
                together.wait(60)
                seconds = say[todo[seed].id]
            status = "diverged" if seconds < 1 else "done"
            row = {"curves": {}, "status": status, "worker": {"seconds": seconds}}
            return row | {"outcome": {"seconds": seconds - 2.0}}, None

    monkeypatch.setattr("neurochannel.study.estimate.Worker", Slow)
    cost = estimate(todo, workers=3)
    # Scores, which take 2 s, are due after epochs 1, 3 and 7.
    one = 7 * 5.0 + 3 * 2.0
    assert (cost.seconds, cost.n_tried) == (5 * one, 3)
    assert cost.seconds_per_epoch == pytest.approx(one / 7)
    # The third worker has nothing to do in the second turn.
    assert cost.duration(3) == 2 * one


def test_workers_that_have_no_point_make_nothing_faster() -> None:
    cost = CostEstimate(30.0, 0, 1.0, n_points=3)
    assert [cost.duration(n) for n in (1, 2, 3, 8)] == [30.0, 20.0, 10.0, 10.0]
