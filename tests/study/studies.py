"""Small studies for tests, and a program that runs one.

python -m tests.study.studies FOLDER POINTS [WORKERS]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import neurochannel as nc
from neurochannel.study.folder import read_rows
from neurochannel.study.spec import Study

ROOT = Path(__file__).parents[2]
TOPOLOGY = str(ROOT / "topologies" / "srbp.toml")
BITS = "channel.*.message.bits"


def small(**given: Any) -> Study:
    """A study of tiny networks that need milliseconds each."""
    network = nc.mlp(None, 6, None).with_channel(nc.srbp())
    defaults: dict[str, Any] = {
        "network": network,
        "seeds": 2,
        "train": {"epochs": 2, "batch_size": 100},
    }
    return Study(**{**defaults, **given})


def trained(study: Study, folder: str | Path, **how: Any) -> list[dict[str, Any]]:
    """Run a study and return all rows of its folder."""
    return read_rows(nc.run_study(study, folder, **how))


def without_clocks(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what no two runs have in common."""
    kept = []
    for row in rows:
        outcome = {key: value for key, value in row["outcome"].items() if key != "seconds"}
        curves = {key: value for key, value in row["curves"].items() if key != "seconds"}
        rest = {key: row[key] for key in ("point", "status", "reason", "axes", "seed")}
        kept.append({**rest, "outcome": outcome, "curves": curves})
    return kept


if __name__ == "__main__":
    folder, points, *workers = sys.argv[1:]
    study = small(seeds=int(points), train={"epochs": 10, "batch_size": 10})
    trained(study, folder, workers=int(workers[0]) if workers else 2, progress=False)
