"""Where points run: threads of this process, or any executor, dask's and MPI's among them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

from neurochannel.errors import OptionError
from neurochannel.study.point_worker import (
    Result,
    Versions,
    Worker,
    check_versions,
    run_point,
    versions,
)
from neurochannel.study.points import Point

AHEAD = 1024
"""Points that an executor of unknown size holds at a time."""
SECONDS_TO_CONNECT = 10
SECONDS_FOR_A_WORKER = 300
"""A cluster's queue may take its time to start the first one."""


class Threads:
    """Runs points in threads of this process, on one copy of the data."""

    def __init__(self, workers: int | None) -> None:
        from neurochannel.engine.threads import processors

        n = processors() if workers is None else workers
        if n < 1:
            raise OptionError(f"workers must be at least 1, got {workers}")
        self.ahead = 4 * n
        self._worker = Worker()
        self._pool = ThreadPoolExecutor(n)

    def submit(self, point: Point) -> Future[Result]:
        """Run a point as soon as a thread is free."""
        return self._pool.submit(self._worker.run, point)

    def stop(self) -> None:
        """End what runs after its batch, begin nothing new, and wait for that."""
        self._worker.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown()


class GivenExecutor:
    """Runs points on an executor that somebody else made and will shut down."""

    ahead = AHEAD

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._versions = versions()
        self._futures: set[Future[Any]] = set()
        check_versions(self._versions, self._send(versions).result())

    def submit(self, point: Point) -> Future[Result]:
        """Send a point away."""
        return self._send(run_point, point, self._versions)

    def _send(self, work: Any, *arguments: Point | Versions) -> Future[Any]:
        try:
            future: Future[Any] = self._executor.submit(work, *arguments)
        except Exception as error:
            raise OptionError(
                f"executor must take points, but it refused one ({error or type(error).__name__}); "
                "give one that runs"
            ) from None
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def stop(self) -> None:
        """Give up what has not begun; what runs elsewhere is not waited for."""
        for future in list(self._futures):
            future.cancel()

    def close(self) -> None:
        """Leave the executor to its owner."""


Crew = Threads | GivenExecutor


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Give an executor of a dask.distributed cluster whose workers have our versions.

    Raises
    ------
    OptionError
        If distributed is not installed, the address cannot be reached, or versions differ.
    """
    try:
        from distributed import Client
    except ImportError:
        raise OptionError(
            "--dask must find the package distributed; pip install 'neurochannel[dask]'"
        ) from None
    client, reason, connect = None, "", cast(Any, Client)
    try:
        client = connect(address, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if client is None:
        # It waits when it is collected, in any thread, and for itself if the next one is starting.
        gc.collect()
        raise OptionError(
            f"--dask must be the address of a running scheduler, but {address} cannot be reached "
            f"({reason}); write for example tcp://127.0.0.1:8786"
        )
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS_FOR_A_WORKER)
        except TimeoutError:
            raise OptionError(
                f"--dask must be a scheduler that has workers, but {address} has got none within "
                f"{SECONDS_FOR_A_WORKER} s; start some"
            ) from None
        found: dict[str, Versions] = client.run(versions)
        for worker, theirs in found.items():
            check_versions(versions(), theirs, f"worker {worker}")
        yield client.get_executor()


@contextmanager
def mpi_executor() -> Iterator[Executor]:
    """Give an executor of the MPI processes that this program was started with.

    Raises
    ------
    OptionError
        If mpi4py or an MPI library is not installed.
    """
    try:
        from mpi4py.futures import MPIPoolExecutor  # type: ignore[import-not-found, unused-ignore]
    except (ImportError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise OptionError(
            f"--mpi must find mpi4py and an MPI library ({reason}); "
            "pip install 'neurochannel[mpi]' and install MPI"
        ) from None
    with MPIPoolExecutor() as executor:
        yield executor
