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

from scripts.judged_studies import ended, parsed, parser_of
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
    chosen = [e for e in EXPERIMENTS if not given.studies or e.name in given.studies]

    def work() -> list[Path]:
        tried = [_carried_out(one, size, folder / one.name, given) for one in chosen]
        outcomes = [outcome for outcome in tried if outcome is not None]
        places = [folder, *([ROOT / "docs"] if given.docs else [])]
        return [publish(outcomes, given.data, place) for place in places if outcomes]

    return ended("paper", work)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [experiment.name for experiment in EXPERIMENTS]
    parser = parser_of("paper", __doc__, names, "mnist")
    parser.add_argument("--quick", action="store_true", help="10 epochs and 2 seeds")
    parser.add_argument("--seeds", type=int, help="seeds of each setting (default: 5 or 3)")
    parser.add_argument("--epochs", type=int, help="at most this many (default: 100)")
    return parsed(parser, arguments, names, QUICK)


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
