"""Runs what is missing of a plan, and keeps each point the moment that it is finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from queue import Empty, Queue

from neurochannel.engine.progress import Report, progress_bar
from neurochannel.engine.threads import load_blas, one_blas_thread
from neurochannel.errors import NeurochannelError, OptionError
from neurochannel.interrupts import Stop, raise_if_stopped, stopping_at_signals
from neurochannel.storage.processor import LOG, difference
from neurochannel.study.executors import Crew, GivenExecutor, Threads
from neurochannel.study.folder import Row, StudyFolder
from neurochannel.study.plan import MOST, Plan, points
from neurochannel.study.point_worker import Result, new_row
from neurochannel.study.points import Point
from neurochannel.study.spec import Study

WATCH_EVERY = 0.1


def run_study(
    study: Study,
    folder: str | PathLike[str],
    *,
    most: int | None = MOST,
    workers: int | None = None,
    executor: Executor | None = None,
    retry_failed: bool = True,
    progress: bool | None = None,
) -> Path:
    """Train all points of a study that a folder does not hold yet, and return the folder.

    Parameters
    ----------
    study
        What is to be trained.
    folder
        Where finished points are kept, one file each; made if it is not there.
    most
        Refuse a study of more points than this; None for no limit.
    workers
        Threads of this process; as many as it has processors if left out.
    executor
        Where to run instead: a process pool, dask's ``client.get_executor()``,
        ``mpi4py.futures.MPIPoolExecutor()``. It is not shut down.
    retry_failed
        Whether points are run again that failed, other than by diverging.
    progress
        Whether to show a progress bar; None: if stderr is a terminal.

    Returns
    -------
    Path
        The folder, for `neurochannel.outcomes`; also points that diverged or failed are in it.

    Raises
    ------
    NeurochannelError
        If anything is wrong with the study, the folder or the workers.
    KeyboardInterrupt
        At Ctrl-C; finished points are kept.
    """
    run_plan(
        points(study, most),
        folder,
        workers=workers,
        executor=executor,
        retry_failed=retry_failed,
        progress=progress,
    )
    return Path(folder)


def run_plan(
    plan: Plan,
    folder: str | PathLike[str],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    retry_failed: bool = True,
    progress: bool | None = None,
) -> int:
    """Run the points that a folder does not hold, see `run_study`; return how many these were."""
    if workers is not None and executor is not None:
        raise OptionError("workers must be left out when an executor is given; drop one of them")
    place = StudyFolder(folder)
    place.prepare()
    place.write_plan(plan.listing())
    missing, finished = _survey(plan, place, retry_failed)
    if not missing:
        return 0
    if executor is None:
        _note_processors(place, finished)
    with place.held() as is_first, progress_bar(len(missing), progress, "point") as report:
        # A second runner comes from the other end, so that the two of them share the work.
        order = missing if is_first else missing[::-1]
        crew = Threads(workers) if executor is None else GivenExecutor(executor)
        stop = Stop()
        load_blas()
        with one_blas_thread(), stopping_at_signals(stop):
            _Run(place, crew, report, stop).carry_out(order)
    return len(missing)


def missing_points(plan: Plan, place: StudyFolder, retry_failed: bool = True) -> list[Point]:
    """Return the points that have no file, a damaged one, or one that says that they failed."""
    return _survey(plan, place, retry_failed)[0]


def _survey(plan: Plan, place: StudyFolder, retry_failed: bool) -> tuple[list[Point], list[Row]]:
    """Return the points that are to be run, and one finished row for each kind of processor."""
    missing: list[Point] = []
    kinds: dict[str, Row] = {}
    for name, point in plan.points().items():
        row = place.read_row(name) if place.has_row(name) else None
        if row is None or (retry_failed and row["status"] == "failed"):
            missing.append(point)
        else:
            made_by = row["worker"]
            kinds.setdefault(f"{made_by.get('cpu_kind')} {made_by.get('cpu_features')}", row)
    return missing, list(kinds.values())


def _note_processors(place: StudyFolder, finished: list[Row]) -> None:
    """Say once if points were finished on another kind of processor."""
    others = (difference(f"a finished point in {place.path}", row["worker"]) for row in finished)
    sentence = next(filter(None, others), None)
    if sentence:
        LOG.warning(sentence)


@dataclass
class _Run:
    """Hands out points, a bounded number at a time, and writes down what comes back."""

    place: StudyFolder
    crew: Crew
    report: Report
    stop: Stop
    done: int = 0
    _flying: dict[Future[Result], Point] = field(default_factory=dict)
    _landed: Queue[Future[Result]] = field(default_factory=Queue)

    def carry_out(self, order: Sequence[Point]) -> None:
        """Run points; whatever ends this early, what is finished by then is kept."""
        stale = {point.id for point in order if self.place.has_row(point.id)}
        waiting = iter(order)
        try:
            self._fill(waiting, stale)
            while self._flying:
                raise_if_stopped(self.stop)
                self._keep_next()
                self._fill(waiting, stale)
        except BaseException:
            self.crew.stop()
            self._keep_the_rest()
            raise
        self.crew.close()

    def _fill(self, waiting: Iterator[Point], stale: set[str]) -> None:
        while len(self._flying) < self.crew.ahead:
            point = next(waiting, None)
            if point is None:
                return
            if point.id not in stale and self.place.has_row(point.id):
                self._count()  # another runner was here
                continue
            future = self.crew.submit(point)
            self._flying[future] = point
            future.add_done_callback(self._landed.put)

    def _keep_next(self) -> None:
        # Waiting forever would be deaf to signals, as a SimpleQueue is after one near its deadline.
        with suppress(Empty):
            future = self._landed.get(timeout=WATCH_EVERY)
            point = self._flying.pop(future)
            self.place.write_row(*_result(future, point))
            self._count()

    def _keep_the_rest(self) -> None:
        """Write down what was finished while this run was being stopped, as far as possible."""
        while not self._landed.empty():
            future = self._landed.get()
            point = self._flying.pop(future)
            if not future.cancelled() and future.exception() is None:
                with suppress(NeurochannelError):
                    self.place.write_row(*_result(future, point))

    def _count(self) -> None:
        self.done += 1
        self.report(self.done, None)


def _result(future: Future[Result], point: Point) -> Result:
    """Return what a worker sent back, or a row that says why it sent nothing.

    Raises
    ------
    NeurochannelError
        If no other point would fare better.
    """
    try:
        return future.result()
    except NeurochannelError:
        raise
    except (BrokenExecutor, CancelledError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise OptionError(
            f"the workers were lost before all points were finished ({reason}); the finished ones "
            "are kept: run the study again"
        ) from None
    except Exception as error:
        return Result(new_row(point, "failed", f"{type(error).__name__}: {error}"))
