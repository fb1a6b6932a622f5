"""Runs `neurochannel train`: check, train, save, show."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neurochannel import data
from neurochannel.cli.failures import Stopped
from neurochannel.cli.networks import read_network
from neurochannel.cli.origin import resumed_data
from neurochannel.cli.report import (
    SCORES,
    Result,
    announce_compilation,
    epochs_of,
    muted,
    print_json,
    print_observations,
    print_scores,
)
from neurochannel.cli.request import DATA, Request
from neurochannel.engine.gate import fitted
from neurochannel.errors import OptionError
from neurochannel.interrupts import keeping_first
from neurochannel.storage import Checkpoint, load, peek, save

if TYPE_CHECKING:
    from neurochannel.engine.simulation import Callback, Simulation


def carry_out(request: Request) -> None:
    """Train as requested.

    Raises
    ------
    NeurochannelError
        If anything is wrong with the request, before training; if training diverges.
    Stopped
        At Ctrl-C and other signals, after what was learned was kept.
    """
    request.check_outputs()
    observers = _observers(request)
    run = _new_run(request) if request.resume is None else _resumed_run(request, request.resume)
    _train(run, request, observers)
    if request.plot:
        from neurochannel import plot

        plot.save(plot.learning_curves(run, ["loss", "accuracy"]), request.plot)
    result = result_of(run, request.kept_in)
    if request.as_json:
        print_json(result)
    elif not request.quiet:
        _print(result, request)
        if observers:
            print_observations(run.history.observations)


def _new_run(request: Request) -> Simulation:
    network = read_network(request.file or "", request.settings)
    chosen = data.load(request.data or DATA)
    fitted(network, chosen)
    announce_compilation(quiet=request.quiet)
    from neurochannel.engine.simulation import Simulation

    names = ("batch_size", "seed", "chip_seed", "dtype", "threads")
    given = {name: getattr(request, name) for name in names}
    options = {name: value for name, value in given.items() if value is not None}
    return Simulation(network, chosen, rate=request.learning_rate, **options)


def _resumed_run(request: Request, path: str) -> Simulation:
    summary = peek(path)
    request.check_against(summary)
    chosen = resumed_data(path, summary, request.data)
    announce_compilation(quiet=request.quiet)
    is_function = isinstance(summary.options["rate"], str)
    with muted(request.quiet):
        run = load(path, chosen, request.learning_rate if is_function else None)
    if request.threads is not None:
        run.options = replace(run.options, threads=request.threads)
    return run


def _observers(request: Request) -> list[Callback]:
    if request.observe is None:
        return []
    from neurochannel.observe.observers import Observe

    words = request.observed
    try:
        observer = Observe(*words, every=request.observe_every)
    except OptionError as error:
        raise OptionError(f"--observe: {error}") from None
    observer.show = "alignment" in observer.what
    return [observer]


def _train(run: Simulation, request: Request, observers: list[Callback]) -> None:
    """Train up to the epoch that was asked for; keep what was learned whatever signal comes."""
    if run.epoch < request.goal:
        # Compiles the kernels in this thread, where signals are heard at once.
        run.forward(np.zeros((1, run.network.size(run.network.input))))
    try:
        with keeping_first():
            try:
                _epochs(run, request, observers)
            except KeyboardInterrupt:
                _keep(run, request)
                raise
            _keep(run, request)
    except KeyboardInterrupt as cause:
        raise Stopped(_where_it_stopped(run, request), cause) from None


def _epochs(run: Simulation, request: Request, observers: list[Callback]) -> None:
    callbacks, every = [*observers], request.checkpoint_every
    if request.kept_in and every:
        callbacks.append(Checkpoint(request.kept_in, every, overwrite=True))
    if run.epoch < request.goal:
        progress = False if request.quiet else None
        run.train(request.goal - run.epoch, callbacks, progress=progress)


def _keep(run: Simulation, request: Request) -> None:
    if request.kept_in:
        save(run, request.kept_in, overwrite=True)


def _where_it_stopped(run: Simulation, request: Request) -> str:
    is_done, out = run.epoch >= request.goal, request.kept_in
    where = f"stopped after epoch {run.epoch}, the last one," if is_done else ""
    where = where or f"stopped in epoch {run.epoch + 1}"
    if not out:
        return f"{where} and kept nothing; add --out FILE.h5 the next time"
    if is_done:
        return f"{where} and kept what was learned in {out}"
    again = f"neurochannel train --resume {shlex.quote(out)} --epochs {request.goal}"
    return f"{where} and kept what was learned; resume with: {again}{request.observing}"


def result_of(run: Simulation, checkpoint: str | None) -> Result:
    """Return what scripts want to know about a run after training."""
    last = run.history.last
    seconds = run.history["seconds"]
    observed = run.history.observations.last()
    return {
        **{name: getattr(last, name, float("nan")) for name in SCORES},
        "epochs": run.epoch,
        "seconds_per_epoch": float(seconds.mean()) if len(seconds) else float("nan"),
        "checkpoint": checkpoint,
        **({"observations": observed} if observed else {}),
    }


def _print(result: Result, request: Request) -> None:
    import click

    print_scores(result)
    click.echo(f"{epochs_of(result)}, {result['seconds_per_epoch']:.3g} s each")
    for what, path in (("checkpoint", request.kept_in), ("figure", request.plot)):
        if path:
            click.echo(f"{what} {path}")
