"""Run the paper's experiments and judge its statements; what is finished is not run again.

make paper                                 all of them on MNIST, study by study
make paper QUICK=1                         10 epochs and 2 seeds
make paper DATA=digits                     small, on the digits of the package
python -m scripts.paper bits signs --data digits --seeds 3
python -m scripts.paper --finished         train nothing: a page of the studies that are finished
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from neurochannel.errors import NeurochannelError
from scripts.paper.catalogue import EXPERIMENTS
from scripts.paper.experiments import Experiment
from scripts.paper.report import publish
from scripts.paper.running import ROOT, Outcome, Size, gather, is_finished, train

QUICK = {"seeds": 2, "epochs": 10}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    given = _parsed(arguments)
    size = Size(given.data, given.seeds, given.epochs)
    folder = given.out or ROOT / "results" / "paper" / (given.data + "-quick" * given.quick)
    chosen = [e for e in EXPERIMENTS if not given.experiments or e.name in given.experiments]
    try:
        outcomes = []
        for experiment in chosen:
            outcome = _carried_out(experiment, size, folder / experiment.name, given)
            outcomes += [] if outcome is None else [outcome]
        if not outcomes:
            print("paper: no study is finished; run it without --finished", file=sys.stderr)
            return 1
        targets = [publish(outcomes, given.data, folder)]
        if given.docs:
            targets.append(publish(outcomes, given.data, ROOT / "docs"))
    except NeurochannelError as error:
        print(f"paper: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("paper: stopped; what is finished is kept, run it again to resume", file=sys.stderr)
        return 130
    print(*(f"report {target}" for target in targets), sep="\n")
    return 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [experiment.name for experiment in EXPERIMENTS]
    parser = argparse.ArgumentParser(prog="python -m scripts.paper", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("experiments", nargs="*", metavar="EXPERIMENT", help=", ".join(names))
    parser.add_argument("--data", default="mnist", help="data set (default: mnist)")
    parser.add_argument("--quick", action="store_true", help="10 epochs and 2 seeds")
    parser.add_argument("--seeds", type=int, help="seeds of each setting (default: 5 or 3)")
    parser.add_argument("--epochs", type=int, help="at most this many (default: 100)")
    parser.add_argument("--workers", type=int, help="threads (default: one for each processor)")
    parser.add_argument("--out", type=Path, help="folder (default: results/paper/DATA)")
    parser.add_argument("--finished", action="store_true", help="only studies that are finished")
    parser.add_argument("--docs", action="store_true", help="write docs/paper.md as well")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.experiments) - set(names))
    if unknown:
        parser.error(f"there is no experiment '{unknown[0]}'; there are {', '.join(names)}")
    for name, value in QUICK.items():
        if given.quick and getattr(given, name) is None:
            setattr(given, name, value)
    return given


def _carried_out(
    experiment: Experiment, size: Size, folder: Path, given: argparse.Namespace
) -> Outcome | None:
    """Return what came out of an experiment; None if it is not finished and must not be trained."""
    study, started = size.study(experiment), time.perf_counter()
    if given.finished and not is_finished(experiment, study, folder):
        print(f"{experiment.name}: not finished", flush=True)
        return None
    print(f"{experiment.name}: {experiment.heading}", flush=True)
    train(experiment, study, folder, given.workers)
    outcome = gather(experiment, study, folder)
    for judgement in outcome.judgements:
        print(f"  {judgement.verdict}: {judgement.statement.text}", flush=True)
    print(f"  {time.perf_counter() - started:.0f} s", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
