"""`neurochannel study`: a grid of networks from a file, run and kept point by point."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from neurochannel.cli.failures import Stopped
from neurochannel.cli.networks import STDIN, STDIN_NAME, stdin
from neurochannel.cli.report import announce_compilation, muted, print_json, print_table
from neurochannel.cli.values import whole
from neurochannel.errors import NetworkError, OptionError

if TYPE_CHECKING:
    from neurochannel.study.estimate import CostEstimate
    from neurochannel.study.folder import StudyFolder
    from neurochannel.study.plan import Plan
    from neurochannel.study.points import Point

SHOWN = 20


@click.command()
@click.argument("file")
@click.option(
    "--out", metavar="FOLDER", help="Folder of the points.  [default: results/studies/NAME]"
)
@click.option(
    "--workers",
    callback=whole(1, 4096),
    metavar="N",
    help="Threads.  [default: one for each processor]",
)
@click.option("--dask", metavar="ADDRESS", help="Run on the workers of a dask scheduler.")
@click.option("--mpi", is_flag=True, help="Run on the MPI processes of mpi4py.futures.")
@click.option("--dry-run", is_flag=True, help="List the points, and how long they will take.")
@click.option("--yes", is_flag=True, help="Allow more than a million points.")
@click.option(
    "--retry-failed/--keep-failed",
    default=True,
    help="Whether points that failed are run again.  [default: they are]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.option("--quiet", is_flag=True, help="No progress bar, messages or table.")
def study(
    file: str,
    out: str | None,
    workers: int | None,
    dask: str | None,
    mpi: bool,
    dry_run: bool,
    yes: bool,
    retry_failed: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the study in FILE: train every point of its grid that is not there yet; - is stdin.

    Each finished point is a file of its own in the folder; after Ctrl-C, a crash or a change of
    FILE the same command runs what is missing, and no more. Points that diverge or fail are rows
    with a reason.
    """
    from neurochannel.study.folder import StudyFolder
    from neurochannel.study.plan import MOST, points
    from neurochannel.study.runner import missing_points
    from neurochannel.study.spec import Study

    _check_choice(workers, dask, mpi)
    described = Study.from_toml(stdin() if file == STDIN else file)
    try:
        plan = points(described, None if yes else MOST)
    except NetworkError as error:
        raise (
            error if error.where else error.located(STDIN_NAME if file == STDIN else file)
        ) from None
    place = StudyFolder(out or os.path.join("results", "studies", described.name))
    missing = missing_points(plan, place, retry_failed)
    if missing:
        announce_compilation(quiet=quiet)
    if dry_run:
        _show_plan(plan, place, missing, workers, as_json)
        return
    try:
        _run(plan, place, workers, dask, mpi, retry_failed, quiet)
    except KeyboardInterrupt as cause:
        left, n = len(missing_points(plan, place, retry_failed)), len(plan.points())
        command = shlex.join(["neurochannel", "study", file, *(["--out", out] if out else [])])
        text = f"stopped with {n - left:,} of {n:,} points finished; resume with: {command}"
        raise Stopped(text, cause) from None
    if as_json or not quiet:
        _show_result(place, plan, len(missing), as_json)


def _check_choice(workers: int | None, dask: str | None, mpi: bool) -> None:
    given = [
        name
        for name, value in (("--workers", workers), ("--dask", dask), ("--mpi", mpi or None))
        if value is not None
    ]
    if len(given) > 1:
        raise OptionError(f"{given[1]} must be left out with {given[0]}; keep one of them")


def _run(
    plan: Plan,
    place: StudyFolder,
    workers: int | None,
    dask: str | None,
    mpi: bool,
    retry_failed: bool,
    quiet: bool,
) -> None:
    from neurochannel.study.executors import dask_executor, mpi_executor
    from neurochannel.study.runner import run_plan

    with ExitStack() as stack:
        stack.enter_context(muted(quiet))
        executor = None
        if dask is not None:
            executor = stack.enter_context(dask_executor(dask))
        elif mpi:
            executor = stack.enter_context(mpi_executor())
        run_plan(
            plan,
            place.path,
            workers=workers,
            executor=executor,
            retry_failed=retry_failed,
            progress=False if quiet else None,
        )


def _show_result(place: StudyFolder, plan: Plan, n_run: int, as_json: bool) -> None:
    """Print how many points there are and how they ended."""
    from neurochannel.study.folder import read_rows

    rows = {row["point"]: row for row in read_rows(place.path)}
    counts = Counter(row["status"] for row in rows.values())
    result: dict[str, Any] = {"study": plan.study.name, "folder": str(place.path)}
    result |= {"points": len(plan), "run": n_run}
    result |= {status: counts[status] for status in ("done", "diverged", "failed")}
    if as_json:
        print_json(result)
        return
    for status in ("diverged", "failed"):
        several = [row["reason"] for row in rows.values() if row["status"] == status]
        if several:
            click.echo(f"{len(several):,} {status}, the first one: {several[0]}", err=True)
    done, n = counts["done"], len(rows)
    shared = f" ({len(plan):,} rows)" if len(plan) != n else ""
    click.echo(f"{plan.study.name}: {done:,} of {n:,} points{shared} are done, {n_run:,} run now")
    click.echo(f"results in {place.path}; see: neurochannel results {shlex.quote(str(place.path))}")


def _show_plan(
    plan: Plan, place: StudyFolder, missing: list[Point], workers: int | None, as_json: bool
) -> None:
    """Print the points, and what the missing ones will cost."""
    from neurochannel.engine.threads import processors
    from neurochannel.study.estimate import estimate

    n_workers = workers or processors()
    cost = estimate(missing, n_workers)
    todo = {point.id for point in missing}
    if as_json:
        listed = [
            {
                "point": entry.point.id,
                "axes": dict(zip(plan.columns, entry.labels, strict=True)),
                "seed": entry.point.seed,
                "to_do": entry.point.id in todo,
            }
            for entry in plan.entries
        ]
        result: dict[str, Any] = {"study": plan.study.name, "folder": str(place.path)}
        result["points"] = listed
        result |= {"to_do": len(missing), "networks": plan.n_networks, "workers": n_workers}
        result |= {"seconds": cost.duration(n_workers), "bytes": cost.n_bytes}
        print_json(result)
        return
    rows = [
        (*map(str, entry.labels), str(entry.point.seed), "to do" if entry.point.id in todo else "")
        for entry in plan.entries[:SHOWN]
    ]
    print_table((*plan.columns, "seed", ""), rows)
    if len(plan) > SHOWN:
        click.echo(f"and {len(plan) - SHOWN:,} more; --json lists all")
    click.echo(f"\n{_costs(plan, place, len(missing), n_workers, cost)}")


def _costs(plan: Plan, place: StudyFolder, n: int, workers: int, cost: CostEstimate) -> str:
    axes = [f"{len(axis.steps)} {' and '.join(axis.columns)}" for axis in plan.study.all_axes()]
    grid = " x ".join([*axes, f"{plan.study.n_seeds} seeds"])
    different = len(plan.points())
    lines = [f"{len(plan):,} points = {grid}; {different:,} different, {n:,} to do"]
    if n:
        crew = f"{workers} worker{'s' if workers > 1 else ''}"
        tried = "the first point" if cost.n_tried == 1 else f"{cost.n_tried} points"
        lines += [
            f"time about {_duration(cost.duration(workers))} with {crew}, if each epoch takes "
            f"{_short(cost.seconds_per_epoch)} as those of {tried}",
            f"disk about {cost.n_bytes / 1e6:,.1f} MB in {place.path}",
        ]
    return "\n".join(lines)


def _short(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.2g} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:,.1f} h"
