"""Studies on real clusters: dask.distributed and MPI, where they are installed."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from neurochannel.study.folder import read_rows
from tests.study.studies import ROOT, small, trained, without_clocks

pytestmark = pytest.mark.slow

LONG = {"epochs": 500, "batch_size": 10}
"""Points of a third of a second, of which one is still at work when a worker is looked for."""
RUN = (
    "import sys; from neurochannel.cli.study import study; "
    "study(sys.argv[1:], standalone_mode=False)"
)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dask scheduler in a process of its own."""
    pytest.importorskip("distributed")
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    options = ["--port", "0", "--host", "127.0.0.1", "--no-dashboard"]
    with dask("scheduler", "--scheduler-file", str(file), *options) as process:
        while not file.exists() or not file.read_text().strip():
            assert process.poll() is None
            time.sleep(0.05)
        yield json.loads(file.read_text())["address"]
        process.terminate()


def dask(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dask", *arguments]
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, text=True, **quiet)


def dask_worker(address: str, folder: Path) -> subprocess.Popen[str]:
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]
    return dask("worker", address, *options)


def run_study(file: Path, folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(file), "--out", str(folder), "--quiet", *options]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def busy_worker(
    client: Any, processes: list[subprocess.Popen[str]], runner: subprocess.Popen[str]
) -> subprocess.Popen[str]:
    """Return a worker that is in the middle of a point."""
    by_pid = {process.pid: process for process in processes}
    while runner.poll() is None:
        pids = client.run(os.getpid)
        for worker, keys in client.processing().items():
            if keys and worker in pids and any("run_point" in str(key) for key in keys):
                return by_pid[pids[worker]]
        time.sleep(0.02)
    raise AssertionError("the study was over too soon")


def test_a_dask_worker_that_is_killed_in_a_point_costs_nothing(
    scheduler: str, tmp_path: Path
) -> None:
    from distributed import Client

    study, connect = small(seeds=8, train=LONG), cast("Any", Client)
    study.to_toml(tmp_path / "study.toml")
    workers = [dask_worker(scheduler, tmp_path) for _ in range(2)]
    try:
        options = tmp_path / "study.toml", tmp_path / "out", "--dask", scheduler
        with connect(scheduler) as client, run_study(*options) as runner:
            while len(list((tmp_path / "out").glob("points/*/[0-9a-f]*.json"))) < 2:
                assert runner.poll() is None, runner.communicate()
                time.sleep(0.02)
            busy_worker(client, workers, runner).send_signal(signal.SIGKILL)
            _, stderr = runner.communicate(timeout=120)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert runner.returncode == 0, stderr
    rows = read_rows(tmp_path / "out")
    assert [row["status"] for row in rows] == ["done"] * 8
    alone = trained(small(seeds=2, train=LONG), tmp_path / "alone", progress=False)
    assert without_clocks(rows[:2]) == without_clocks(alone)


def test_a_dask_address_without_a_scheduler_is_one_sentence(
    tmp_path: Path, monkeypatch: Any
) -> None:
    distributed = pytest.importorskip("distributed")
    from neurochannel.errors import OptionError
    from neurochannel.study import executors

    monkeypatch.setattr(executors, "SECONDS_TO_CONNECT", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense", "tcp://no.such.host.invalid:8786"):
        with pytest.raises(OptionError) as caught, executors.dask_executor(address):
            pass
        sentence = str(caught.value)
        assert sentence.startswith("--dask must be the address of a running scheduler, but ")
        assert re.fullmatch(r"[^\n]+", sentence)
        # Left to be collected anywhere, it could make a thread of another study wait.
        # isinstance would ask weak proxies for what they stand for, which may be gone.
        assert not any(issubclass(type(one), distributed.Client) for one in gc.get_objects())


def test_a_study_runs_on_mpi_processes(tmp_path: Path) -> None:
    if shutil.which("mpiexec") is None:
        pytest.skip("there is no mpiexec")
    try:
        import mpi4py.futures  # noqa: F401
        from mpi4py import MPI  # noqa: F401
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"mpi4py does not work here: {error}")
    study = small(seeds=6)
    study.to_toml(tmp_path / "study.toml")
    (tmp_path / "run.py").write_text(f"if __name__ == '__main__':\n    {RUN}\n")
    command = ["mpiexec", "--oversubscribe", "--allow-run-as-root", "-n", "3", sys.executable]
    command += ["-m", "mpi4py.futures", str(tmp_path / "run.py"), str(tmp_path / "study.toml")]
    command += ["--mpi", "--quiet", "--out", str(tmp_path / "out")]
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    alone = trained(study, tmp_path / "alone", progress=False)
    assert without_clocks(read_rows(tmp_path / "out")) == without_clocks(alone)
