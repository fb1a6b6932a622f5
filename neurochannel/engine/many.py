"""Independent networks in parallel threads, on one copy of the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from neurochannel.data.dataset import as_data
from neurochannel.engine.datasets import Given
from neurochannel.engine.feeds import Feeds
from neurochannel.engine.history import History
from neurochannel.engine.options import EvaluateEvery, Options, whole
from neurochannel.engine.progress import progress_bar
from neurochannel.engine.simulation import Callback, Simulation
from neurochannel.engine.threads import load_blas, one_blas_thread, processors
from neurochannel.errors import DivergenceError, OptionError
from neurochannel.model.network import Network
from neurochannel.model.problems import short

WHOLE = int | np.integer


def train_many(
    networks: Network | Sequence[Network],
    data: Given,
    *,
    epochs: int,
    seeds: int | Iterable[int] = 0,
    chip_seeds: int | Iterable[int] | None = None,
    workers: int | None = None,
    callbacks: Iterable[Callback] = (),
    evaluate_every: EvaluateEvery = 1,
    progress: bool | None = None,
    **options: Any,
) -> list[Simulation]:
    """Train independent networks in parallel; kernels run without the GIL on one copy of the data.

    Parameters
    ----------
    networks
        One network for all seeds, or a sequence of networks.
    data
        The data set that all of them read, as for `Simulation`.
    epochs, evaluate_every, callbacks
        As in `Simulation.train`; callbacks are called in the thread of their network.
    seeds
        One seed for each network, or one for all.
    chip_seeds
        As `seeds`, for the maps of the chip; None for what the networks say. One seed with several
        chip seeds trains the same start on several chips.
    workers
        Threads; as many as the machine has processors if left out.
    progress
        Whether to show a progress bar; None: if stderr is a terminal.
    **options
        rate, batch_size, dtype, threads of every `Simulation`.

    Returns
    -------
    list of Simulation
        In the order of networks, seeds or chip seeds. Results do not depend on the number of
        workers.

    Raises
    ------
    OptionError
        If there are not as many seeds or chip seeds as networks, or an option is out of range.
    NetworkError, DataError
        If a network does not fit the data.
    DivergenceError
        If networks diverged, after all others are done; `runs` of the error holds all of them.
    KeyboardInterrupt
        At Ctrl-C, after the current batches.
    """
    runs = _simulations(networks, data, seeds, chip_seeds, options)
    train_together(runs, epochs, workers, callbacks, evaluate_every, progress)
    return runs


def train_together(
    runs: Sequence[Simulation],
    epochs: int,
    workers: int | None = None,
    callbacks: Iterable[Callback] = (),
    evaluate_every: EvaluateEvery = 1,
    progress: bool | None = None,
) -> None:
    """Train simulations in parallel for this many more epochs; all else as in `train_many`."""
    n_workers = processors() if workers is None else whole("workers", workers)
    listeners = list(callbacks)

    def train(run: Simulation) -> History:
        return run.train(epochs, listeners, progress=False, evaluate_every=evaluate_every)

    load_blas()
    with (
        one_blas_thread(),
        ThreadPoolExecutor(n_workers) as pool,
        progress_bar(len(runs), progress, "network") as report,
    ):
        futures = [pool.submit(train, run) for run in runs]
        try:
            _watch(futures, lambda done: report(done, None))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for run in runs:
                run.stop()
            raise
    _raise_failures(runs, futures)


def _simulations(
    networks: Network | Sequence[Network],
    data: Given,
    seeds: int | Iterable[int],
    chip_seeds: int | Iterable[int] | None,
    options: dict[str, Any],
) -> list[Simulation]:
    numbers = {"seed": seeds} | ({} if chip_seeds is None else {"chip_seed": chip_seeds})
    columns = [_several("networks", "a Network", networks, Network)]
    columns += [
        _several(f"{name}s", "a whole number", given, WHOLE) for name, given in numbers.items()
    ]
    single = [
        isinstance(networks, Network),
        *(isinstance(part, WHOLE) for part in numbers.values()),
    ]
    sizes = [len(column) for column, one in zip(columns, single, strict=True) if not one]
    n = sizes[0] if sizes else 1
    for name, column, one in zip(numbers, columns[1:], single[1:], strict=True):
        if n == 0 or (not one and len(column) != n):
            what = name.replace("_", " ")
            raise OptionError(
                f"there must be one {what} for each network, got {len(column)} {what}s for {n} "
                f"networks; give one {what} for all or as many as networks"
            )
    checked = as_data(data)
    feeds = Feeds(checked, Options(**options).dtype, checked.n_outputs)
    rows = (column * n if one else column for column, one in zip(columns, single, strict=True))
    return [
        Simulation.sharing(
            network, feeds, Options(**options, **dict(zip(numbers, own, strict=True)))
        )
        for network, *own in zip(*rows, strict=True)
    ]


def _several(name: str, one: str, given: Any, kind: Any) -> list[Any]:
    """Return one value or several as a list."""
    if isinstance(given, kind):
        return [given]
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise OptionError(f"{name} must be {one} or several in a list, got {short(given)}")
    return list(given)


def _watch(futures: list[Future[Any]], report: Any) -> None:
    waiting = set(futures)
    while waiting:
        _, waiting = wait(waiting, timeout=1.0, return_when=FIRST_COMPLETED)
        report(len(futures) - len(waiting))


def _raise_failures(runs: Sequence[Simulation], futures: list[Future[Any]]) -> None:
    failures = [(run, future.exception()) for run, future in zip(runs, futures, strict=True)]
    diverged = [(run, error) for run, error in failures if isinstance(error, DivergenceError)]
    for _, error in failures:
        if error is not None and not isinstance(error, DivergenceError):
            raise error
    if diverged:
        run, first = diverged[0]
        raise DivergenceError(
            f"{len(diverged)} of {len(runs)} networks diverged; "
            f"'{run.network.name}' with seed {run.seed}: {first}",
            runs,
        )
