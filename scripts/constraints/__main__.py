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
from neurochannel.errors import NeurochannelError
from scripts.constraints.catalogue import TRIALS
from scripts.constraints.report import Found, publish
from scripts.constraints.running import ROOT, Size, Trial, is_finished, train
from scripts.paper.running import Outcome, gather

QUICK = {"seeds": 2, "examples": 2000}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    given = _parsed(arguments)
    size = Size(given.data, given.seeds, given.examples)
    folder = given.out or ROOT / "results" / "constraints" / (given.data + "-quick" * given.quick)
    chosen = [trial for trial in TRIALS if trial.name in (given.trials or trial.name)]
    chosen = [trial for trial in chosen if size.suits(trial)]
    try:
        outcomes = [_carried_out(trial, size, folder, given) for trial in chosen]
        done = [outcome for outcome in outcomes if outcome is not None]
        if not done:
            print("constraints: no study is finished; leave --finished out", file=sys.stderr)
            return 1
        finished = {outcome.experiment.name for outcome in done}
        suitable = [trial for trial in TRIALS if size.suits(trial)]
        left = [trial.title for trial in suitable if trial.name not in finished]
        found = Found(done, left, given.data)
        targets = [publish(found, folder)]
        if given.docs:
            targets.append(publish(found, ROOT / "docs"))
    except NeurochannelError as error:
        print(f"constraints: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        again = "what is finished is kept, run it again to resume"
        print(f"constraints: stopped; {again}", file=sys.stderr)
        return 130
    print(*(f"report {target}" for target in targets), sep="\n")
    return 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [trial.name for trial in TRIALS]
    parser = argparse.ArgumentParser(prog="python -m scripts.constraints", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("trials", nargs="*", metavar="STUDY", help=", ".join(names))
    parser.add_argument("--data", default="mnist", help="data set (default: mnist)")
    parser.add_argument("--quick", action="store_true", help="2,000 examples and 2 seeds")
    parser.add_argument("--seeds", type=int, help="at most this many (default: 5)")
    parser.add_argument("--examples", type=int, help="at most this many for training")
    parser.add_argument("--workers", type=int, help="threads (default: one for each processor)")
    parser.add_argument("--out", type=Path, help="folder (default: results/constraints/DATA)")
    parser.add_argument("--finished", action="store_true", help="only studies that are finished")
    parser.add_argument("--docs", action="store_true", help="write docs/constraints.md as well")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.trials) - set(names))
    if unknown:
        parser.error(f"there is no study '{unknown[0]}'; there are {', '.join(names)}")
    for name, value in QUICK.items():
        if given.quick and getattr(given, name) is None:
            setattr(given, name, value)
    return given


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
