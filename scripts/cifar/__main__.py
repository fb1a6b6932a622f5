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

from scripts.cifar.experiments import EXPERIMENTS
from scripts.cifar.page import publish
from scripts.cifar.running import Size, finished, train
from scripts.judged_studies import ended, parsed, parser_of
from scripts.paper.experiments import Experiment
from scripts.paper.running import ROOT, Outcome, gather

QUICK = {"images": 2000, "epochs": 6, "seeds": 2, "rates": 1}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    given = _parsed(arguments)
    size = Size(given.images, given.epochs, given.seeds, given.rates)
    folder = given.out or ROOT / "results" / "cifar" / ("quick" if given.quick else "full")
    chosen = [e for e in EXPERIMENTS if not given.studies or e.name in given.studies]

    def work() -> list[Path]:
        tried = [_carried_out(one, size, folder / one.name, given) for one in chosen]
        outcomes = [outcome for outcome in tried if outcome is not None]
        places = [folder, *([ROOT / "docs"] if given.docs else [])]
        return [publish(outcomes, given.data, place, given.remark) for place in places if outcomes]

    return ended("cifar", work)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [experiment.name for experiment in EXPERIMENTS]
    parser = parser_of("cifar", __doc__, names, "cifar10")
    parser.add_argument("--quick", action="store_true", help="few images, epochs, seeds and rates")
    parser.add_argument("--images", type=int, help="the first of the training images")
    parser.add_argument("--epochs", type=int, help="at most this many")
    parser.add_argument("--seeds", type=int, help="seeds that are compared")
    parser.add_argument("--remark", default="", help="what the page says of the images, a sentence")
    parser.add_argument("--rates", type=int, help="rates that are tried")
    return parsed(parser, arguments, names, QUICK)


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
