"""Compute what is proved about learning channels, and write docs/theory.md.

make theory                          all of it, some minutes on two processors
python -m scripts.theory bottleneck  one theorem; the page is written once all are finished
python -m scripts.theory --again     also what was finished before
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from neurochannel.engine.threads import processors
from neurochannel.errors import NeurochannelError
from scripts.theory.findings import verdict
from scripts.theory.report import publish
from scripts.theory.running import FOLDER, JOBS, ROOT, checks_of, results


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.theory", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(JOBS))
    parser.add_argument("--workers", type=int, help="processes (default: one for each processor)")
    parser.add_argument("--kept", type=Path, default=FOLDER, help="where results are kept")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder of the page")
    parser.add_argument("--again", action="store_true", help="compute finished ones again")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.names) - set(JOBS))
    if unknown:
        parser.error(f"there is no '{unknown[0]}'; there are {', '.join(JOBS)}")
    if given.again:
        for path in given.kept.glob("*.json"):
            path.unlink()
    try:
        found = {}
        for name, result in results(given.names or JOBS, given.kept, given.workers or processors()):
            found[name] = result
            told = verdict(checks_of(result)) if "checks" in result else "computed"
            print(f"{name}: {told}, {result['seconds']:.0f} s", flush=True)
        if not given.names:
            print(f"page {publish(found, given.kept, given.out)}")
    except NeurochannelError as error:
        print(f"theory: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("theory: stopped; what is finished is kept, run it again to resume", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
