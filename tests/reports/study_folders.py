"""Folders of studies that nobody trained, for pages about them."""

import itertools

import numpy as np

from neurochannel.study.folder import StudyFolder

WORKER = {"neurochannel": "0.2.0", "python": "3.11.7", "numpy": "2.4.6", "cpu": "A processor"}


def made_up(path, axes, n_seeds=3, n_epochs=4, lost=(), finished=None):
    """Write a study of all values of some axes; outcomes are random, rows returned in order.

    Parameters
    ----------
    lost
        Numbers of points that failed.
    finished
        How many points there are files of; None for all.
    """
    folder, rng, plan, rows = StudyFolder(path), np.random.default_rng(0), [], []
    folder.prepare()
    points = [
        (*values, seed) for *values, seed in itertools.product(*axes.values(), range(n_seeds))
    ]
    for number, (*values, seed) in enumerate(points):
        name = f"{number:024x}"
        plan.append([name, values, seed])
        measured = {k: rng.random(n_epochs).tolist() for k in ("test_accuracy", "test_loss")}
        row = {
            "point": name,
            "status": "failed" if number in lost else "done",
            "reason": "there is <no> reason" if number in lost else None,
            "seed": seed,
            "outcome": {} if number in lost else {k: v[-1] for k, v in measured.items()},
            "curves": {"epoch": list(range(1, n_epochs + 1)), **measured},
            "observations": {},
            "data": "digits",
            "worker": WORKER,
            "checkpoint": None,
        }
        rows.append(row)
        if finished is None or number < finished:
            folder.write_row(row)
    folder.write_plan({"study": "made up", "axes": list(axes), "points": plan})
    return rows
