"""Networks that several studies have in common are trained once."""

from __future__ import annotations

from pathlib import Path

from neurochannel.study.folder import StudyFolder
from neurochannel.study.plan import Plan


def share_points(plan: Plan, place: Path) -> int:
    """Copy finished points that a study lacks from the studies next to it; return how many.

    Points are named by what defines them, so the same name is the same network, data and training.
    Those that failed are left alone. Points that keep weights are not shared.

    Parameters
    ----------
    plan
        Of the study.
    place
        Its folder; its siblings are searched.
    """
    own = StudyFolder(place)
    siblings = [
        StudyFolder(path)
        for path in sorted(place.parent.glob("*"))
        if path != place and (path / "points").is_dir()
    ]
    copied = 0
    for name in plan.points():
        if own.has_row(name):
            continue
        for sibling in siblings:
            row = sibling.read_row(name) if sibling.has_row(name) else None
            if row is not None and row["status"] != "failed" and not row["checkpoint"]:
                own.write_row(row)
                copied += 1
                break
    return copied
