"""Train convolutional networks on CIFAR-10 and judge what channels teach them; resumable.

make cifar                                 all studies
make cifar QUICK=1                         2,000 images, 6 epochs, 2 seeds and one rate
python -m scripts.cifar small --images 5000 --epochs 10
python -m scripts.cifar --finished         train nothing: a page of the studies that are finished
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from neurochannel.errors import NeurochannelError
from scripts.cifar.experiments import EXPERIMENTS
from scripts.cifar.page import publish
from scripts.cifar.running import Size, finished, train
from scripts.paper.experiments import Experiment
from scripts.paper.running import ROOT, Outcome, gather

QUICK = {"images": 2000, "epochs": 6, "seeds": 2, "rates": 1}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    given = _parsed(arguments)
    size = Size(given.images, given.epochs, given.seeds, given.rates)
    folder = given.out or ROOT / "results" / "cifar" / ("quick" if given.quick else "full")
    chosen = [e for e in EXPERIMENTS if not given.experiments or e.name in given.experiments]
    try:
        outcomes = []
        for experiment in chosen:
            found = _carried_out(experiment, size, folder / experiment.name, given)
            outcomes += [] if found is None else [found]
        if not outcomes:
            print("cifar: no study is finished; run it without --finished", file=sys.stderr)
            return 1
        targets = [publish(outcomes, given.data, folder)]
        if given.docs:
            targets.append(publish(outcomes, given.data, ROOT / "docs"))
    except NeurochannelError as error:
        print(f"cifar: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("cifar: stopped; what is finished is kept, run it again to resume", file=sys.stderr)
        return 130
    print(*(f"report {target}" for target in targets), sep="\n")
    return 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [experiment.name for experiment in EXPERIMENTS]
    parser = argparse.ArgumentParser(prog="python -m scripts.cifar", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("experiments", nargs="*", metavar="STUDY", help=", ".join(names))
    parser.add_argument("--data", default="cifar10", help="images, 32 x 32 x 3 (default: cifar10)")
    parser.add_argument("--quick", action="store_true", help="few images, epochs, seeds and rates")
    parser.add_argument("--images", type=int, help="the first of the training images")
    parser.add_argument("--epochs", type=int, help="at most this many")
    parser.add_argument("--seeds", type=int, help="seeds that are compared")
    parser.add_argument("--rates", type=int, help="rates that are tried")
    parser.add_argument("--workers", type=int, help="threads (default: one for each processor)")
    parser.add_argument("--out", type=Path, help="folder (default: results/cifar/full)")
    parser.add_argument("--finished", action="store_true", help="only studies that are finished")
    parser.add_argument("--docs", action="store_true", help="write docs/cifar.md as well")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.experiments) - set(names))
    if unknown:
        parser.error(f"there is no study '{unknown[0]}'; there are {', '.join(names)}")
    for name, value in QUICK.items():
        if given.quick and getattr(given, name) is None:
            setattr(given, name, value)
    return given


def _carried_out(
    experiment: Experiment, size: Size, folder: Path, given: argparse.Namespace
) -> Outcome | None:
    """Return what came out of a study; None if it is not finished and must not be trained."""
    study, started = size.study(experiment, given.data), time.perf_counter()
    if given.finished:
        compared = finished(study, folder)
        if compared is None:
            print(f"{experiment.name}: not finished", flush=True)
            return None
    else:
        print(f"{experiment.name}: {experiment.title}", flush=True)
        compared = train(study, folder, given.workers)
    found = gather(experiment, compared, folder)
    for judgement in found.judgements:
        print(f"  {judgement.verdict}: {judgement.statement.text}", flush=True)
    print(f"  {time.perf_counter() - started:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
