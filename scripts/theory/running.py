"""Computes theorems and tables in processes; what is finished is not computed again."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neurochannel.atomic import write_whole
from neurochannel.plot import save
from scripts.theory import failures
from scripts.theory.catalogue import THEOREMS
from scripts.theory.findings import Check

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "results" / "theory"
TABLE = "failures: "
NAMED = {theorem.name: theorem for theorem in THEOREMS}
JOBS = (*(TABLE + activation for activation in reversed(failures.ACTIVATIONS)), *NAMED)
"""The longest ones first."""
Result = dict[str, Any]


def results(names: Sequence[str], folder: Path, workers: int) -> Iterator[tuple[str, Result]]:
    """Yield the results of jobs as they are finished, those first that were finished before."""
    missing = []
    for name in names:
        kept = _kept(name, folder)
        if kept is None:
            missing.append(name)
        else:
            yield name, kept
    with ProcessPoolExecutor(workers) as pool:
        running = {pool.submit(compute, name, folder): name for name in missing}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def compute(name: str, folder: Path) -> Result:
    """Compute one job, keep it in a file, with its figures next to it, and return it."""
    started, sources = time.perf_counter(), fingerprint(name)
    if name.startswith(TABLE):
        rows, unfinished = failures.rates(name.removeprefix(TABLE))
        result: Result = {"rows": rows, "unfinished": unfinished}
    else:
        found = NAMED[name].compute()
        folder.mkdir(parents=True, exist_ok=True)
        for file, (_, figure) in found.figures.items():
            save(figure, folder / file)
        result = {
            "checks": [asdict(check) for check in found.checks],
            "broken": [asdict(check) for check in found.broken],
            "figures": {file: caption for file, (caption, _) in found.figures.items()},
            "note": found.note,
        }
    result |= {"seconds": time.perf_counter() - started, "fingerprint": sources}
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(_file(name, folder), json.dumps(result).encode())
    return result


def checks_of(result: Result, what: str = "checks") -> list[Check]:
    """Return the checks of a result."""
    return [Check(**check) for check in result[what]]


def fingerprint(name: str) -> str:
    """Name a job by the sources that decide what it finds."""
    own = failures.rates if name.startswith(TABLE) else NAMED[name].compute
    package = ROOT / "neurochannel"
    paths = [*sorted((package / "theory").rglob("*.py")), package / "plot" / "flows.py"]
    here = Path(__file__).parent
    paths += [
        here / "chains.py",
        here / "pictures.py",
        Path(sys.modules[own.__module__].__file__ or ""),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def _kept(name: str, folder: Path) -> Result | None:
    path = _file(name, folder)
    if not path.exists():
        return None
    result: Result = json.loads(path.read_bytes())
    return result if result["fingerprint"] == fingerprint(name) else None


def _file(name: str, folder: Path) -> Path:
    return folder / f"{''.join(letter if letter.isalnum() else '_' for letter in name)}.json"
