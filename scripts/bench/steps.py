"""Single steps: small nets, limited changes and momentum; also against older versions.

python -m scripts.bench.steps [--against CHECKOUT] [--rounds 9]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.bench import epochs, peers

HERE = Path(__file__).resolve().parents[2]
Row = dict[str, Any]
Seconds = dict[str, list[float]]


class Timer:
    """Times the cases of `scripts.bench.epochs` with the neurochannel of a checkout."""

    def __init__(self, checkout: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(HERE / "scripts" / "bench" / "epochs.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **peers.ONE_THREAD, "PYTHONPATH": str(checkout)},
        )

    def seconds(self, case: str) -> float | None:
        """Return the seconds of one epoch, None if this version cannot do it."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(case + "\n")
        self._process.stdin.flush()
        measured: float | None = json.loads(self._process.stdout.readline())
        return measured

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def in_turn(timers: dict[str, Timer], cases: list[str], rounds: int) -> dict[str, Seconds]:
    """Time all cases with all versions in turn, {case: {version: seconds}}, where they can."""
    found: dict[str, Seconds] = {case: {} for case in cases}
    for case in cases:
        able = {who: timer for who, timer in timers.items() if timer.seconds(case) is not None}
        found[case] = {who: [] for who in able}
    for _ in range(rounds):
        for case, measured in found.items():
            for who, seconds in measured.items():
                seconds.append(timers[who].seconds(case) or 0.0)
    return found


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the median over rounds of theirs / ours."""
    return statistics.median(b / a for a, b in zip(ours, theirs, strict=True))


def steps(rounds: int, against: Path | None = None) -> list[Row]:
    """Time small nets and every kind of change, in seconds of processor time an epoch."""
    timers = {"neurochannel": Timer(HERE)} | ({"older": Timer(against)} if against else {})
    try:
        found = in_turn(timers, list(epochs.CASES), rounds)
    finally:
        for timer in timers.values():
            timer.close()
    rows = []
    for case, measured in found.items():
        ours = measured["neurochannel"]
        plain = f"plain, batch {epochs.CASES[case].batch}"
        row: Row = {"case": case, "seconds": statistics.median(ours)}
        if epochs.CASES[case].data == "mnist" and case != plain:
            row["times a plain step"] = ratio(found[plain]["neurochannel"], ours)
        if "older" in measured:
            row["times as fast as the older version"] = ratio(ours, measured["older"])
        rows.append(row)
    return rows


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description="Time single steps.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--against", type=Path, help="a checkout of an older version")
    options = parser.parse_args()
    for row in steps(options.rounds, options.against):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
