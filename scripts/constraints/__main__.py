"""Run the studies of physical constraints and judge them; what is finished is not run again.

make constraints                           all of them on MNIST, study by study
make constraints QUICK=1                   2,000 examples and 2 seeds
make constraints DATA=digits               small, on the digits of the package
python -m scripts.constraints chips pulses --seeds 3
python -m scripts.constraints --finished   train nothing: a page of the studies that are finished
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import neurochannel as nc
from scripts.constraints.catalogue import TRIALS
from scripts.constraints.report import Found, publish
from scripts.constraints.running import ROOT, Size, Trial, is_finished, train
from scripts.judged_studies import ended, parsed, parser_of
from scripts.paper.running import Outcome, gather

QUICK = {"seeds": 2, "examples": 2000}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    given = _parsed(arguments)
    size = Size(given.data, given.seeds, given.examples)
    folder = given.out or ROOT / "results" / "constraints" / (given.data + "-quick" * given.quick)
    suitable = [trial for trial in TRIALS if size.suits(trial)]
    chosen = [trial for trial in suitable if trial.name in (given.studies or trial.name)]

    def work() -> list[Path]:
        tried = [_carried_out(trial, size, folder, given) for trial in chosen]
        outcomes = [outcome for outcome in tried if outcome is not None]
        finished = {outcome.experiment.name for outcome in outcomes}
        left = [trial.title for trial in suitable if trial.name not in finished]
        found = Found(outcomes, left, given.data)
        places = [folder, *([ROOT / "docs"] if given.docs else [])]
        return [publish(found, place) for place in places if outcomes]

    return ended("constraints", work)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [trial.name for trial in TRIALS]
    parser = parser_of("constraints", __doc__, names, "mnist")
    parser.add_argument("--quick", action="store_true", help="2,000 examples and 2 seeds")
    parser.add_argument("--seeds", type=int, help="at most this many (default: 5)")
    parser.add_argument("--examples", type=int, help="at most this many for training")
    return parsed(parser, arguments, names, QUICK)


def _carried_out(
    trial: Trial, size: Size, place: Path, given: argparse.Namespace
) -> Outcome | None:
    """Return what came out of a study; None if it is not finished and must not be trained."""
    study, folder = size.study(trial, place / "data"), place / trial.name
    plan = nc.points(study)
    if given.finished and not is_finished(plan, folder):
        print(f"{trial.name}: not finished", flush=True)
        return None
    print(f"{trial.name}: {trial.heading}", flush=True)
    train(plan, folder, given.workers)
    outcome = gather(trial, study, folder)
    for judgement in outcome.judgements:
        print(f"  {judgement.verdict}: {judgement.statement.text}", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
