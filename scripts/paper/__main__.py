"""Run the paper's experiments and judge its claims; what is finished is not run again.

make paper                                 all of them on MNIST
make paper DATA=digits                     small, on the digits of the package, within minutes
python -m scripts.paper bits signs --data digits --seeds 3
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import neurochannel as nc
from neurochannel.errors import NeurochannelError
from neurochannel.study.spec import Study
from scripts.paper import synapses
from scripts.paper.claims import EXPERIMENTS, Experiment
from scripts.paper.report import Outcome, publish
from scripts.paper.verdicts import judge

ROOT = Path(__file__).resolve().parents[2]
FULL_SIZE = {"epochs": 10, "batch_size": 100}
"""How networks are trained on data sets of the size of MNIST."""


def study_of(experiment: Experiment, data: str, seeds: int | None) -> Study:
    """Return the study of an experiment, at its small size for the digits, else at full size."""
    study = Study.from_toml(ROOT / "studies" / f"{experiment.name}.toml")
    update: dict[str, object] = {} if seeds is None else {"seeds": seeds}
    if data != "digits":
        update |= {"data": data, "train": study.train.model_copy(update=FULL_SIZE)}
    return study.model_copy(update=update)


def carry_out(
    experiment: Experiment, data: str, seeds: int | None, workers: int | None, folder: Path
) -> Outcome:
    """Train what is missing of an experiment, judge its claims and draw its figure."""
    study = study_of(experiment, data, seeds)
    place = folder / experiment.name
    if experiment.name == "synapses":
        frame = synapses.outcomes(study, place)
    else:
        frame = nc.outcomes(nc.run_study(study, place, workers=workers))
    chance = 1 / nc.data.load(data).n_outputs
    judgements = tuple(judge(claim, frame, chance) for claim in experiment.claims)
    figure = nc.plot.outcome(
        frame, experiment.outcome, against=experiment.against, by=experiment.by
    )
    return Outcome(experiment, study, frame, judgements, figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    names = [experiment.name for experiment in EXPERIMENTS]
    parser = argparse.ArgumentParser(prog="python -m scripts.paper", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("experiments", nargs="*", metavar="EXPERIMENT", help=", ".join(names))
    parser.add_argument("--data", default="mnist", help="data set (default: mnist)")
    parser.add_argument("--seeds", type=int, help="seeds of each setting (default: 5)")
    parser.add_argument("--workers", type=int, help="threads (default: one for each processor)")
    parser.add_argument("--out", type=Path, help="folder (default: results/paper/DATA)")
    parser.add_argument("--docs", action="store_true", help="write docs/paper.md as well")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.experiments) - set(names))
    if unknown:
        parser.error(f"there is no experiment '{unknown[0]}'; there are {', '.join(names)}")
    folder = given.out or ROOT / "results" / "paper" / given.data
    chosen = [e for e in EXPERIMENTS if not given.experiments or e.name in given.experiments]
    finished = []
    try:
        for experiment in chosen:
            print(f"{experiment.name}: {experiment.title}", flush=True)
            outcome = carry_out(experiment, given.data, given.seeds, given.workers, folder)
            for judgement in outcome.judgements:
                print(f"  {judgement.verdict}: {judgement.claim.text}", flush=True)
            finished.append(outcome)
        targets = [publish(finished, given.data, folder)]
        if given.docs:
            targets.append(publish(finished, given.data, ROOT / "docs"))
    except NeurochannelError as error:
        print(f"paper: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("paper: stopped; what is finished is kept, run it again to resume", file=sys.stderr)
        return 130
    print(*(f"report {target}" for target in targets), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
