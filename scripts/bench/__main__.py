"""Compare neurochannel with its peers in paired runs, and write docs/performance.md.

    make bench                        all sections, needs real MNIST in NEUROCHANNEL_DATA
    python -m scripts.bench mnist channels --rounds 5
    python -m scripts.bench steps start --against ../older      against another checkout

Each section runs in a process of its own, held to one thread unless it is about threads. Peers that
are not installed (`pip install neurochannel[bench]`) are left out by name.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from neurochannel.errors import NeurochannelError
from scripts.bench import peers, report

SECTIONS = {
    "steps": ("steps", True),
    "examples": ("examples", True),
    "messages": ("messages", True),
    "neurons": ("neurons", True),
    "devices": ("devices", True),
    "mnist": ("dense", True),
    "fashion": ("dense", True),
    "channels": ("dense", True),
    "convolution": ("convolution", True),
    "convolution_avx2": ("convolution", True),
    "convolution_many": ("convolution", False),
    "wide": ("dense", True),
    "wide_threads": ("dense", False),
    "many": ("dense", False),
    "sparse": ("sparse", True),
    "scaling": ("sparse", True),
    "huge": ("sparse", False),
    "fly": ("connectomes", True),
    "limits": ("limits", True),
    "inspect": ("inspections", True),
    "studies": ("studies", False),
    "start": ("start", False),
}
RESULTS = Path("results/bench")


PAIRED = ("steps", "start")
"""Sections that can be measured in turn with an older version."""

SHORT_VECTORS = ("convolution_avx2",)
"""Sections that do without AVX-512."""


def run_section(name: str, rounds: int, against: Path | None) -> list[dict[str, Any]]:
    """Run one section in this process."""
    module, one_thread = SECTIONS[name]
    if one_thread:
        peers.hold_to_one_thread()
    section = getattr(importlib.import_module(f"scripts.bench.{module}"), name)
    options = {"against": against} if name in PAIRED else {}
    rows: list[dict[str, Any]] = section(rounds, **options)
    return rows


def run_apart(name: str, rounds: int, against: Path | None) -> list[dict[str, Any]]:
    """Run one section in a process of its own; an empty list, and a sentence, if it fails."""
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "scripts.bench", name, "--rounds", str(rounds), "--inside"]
    command += ["--against", str(against)] if against else []
    alone = peers.ONE_THREAD if SECTIONS[name][1] else {}
    short = peers.short_vectors() if name in SHORT_VECTORS else {}
    environment = {**os.environ, **alone, **short}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"{name} could not be measured: {reason}", file=sys.stderr)
        return []
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def main() -> int:
    """Measure what was asked for; print, save and document it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="section")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, help="a checkout of an older version")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        try:
            rows = run_section(arguments.sections[0], arguments.rounds, arguments.against)
            print(json.dumps(rows))
        except NeurochannelError as error:
            print(error, file=sys.stderr)
            return 2
        return 0
    for name in ("jax", "torch"):
        if not peers.available(name):
            print(f"{name} is not installed and left out; it is in the extra [bench]")
    RESULTS.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name in arguments.sections or SECTIONS:
        rows = run_apart(name, arguments.rounds, arguments.against)
        if rows:
            report.keep(RESULTS, name, rows)
        else:
            failed = 1
    report.write(RESULTS, Path("docs/performance.md"))
    return failed


if __name__ == "__main__":
    sys.exit(main())
