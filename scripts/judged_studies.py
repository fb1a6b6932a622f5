"""The command line of studies whose statements are judged: what to run, and how it ended."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from neurochannel.errors import NeurochannelError


def parser_of(
    page: str, about: str | None, names: Sequence[str], data: str
) -> argparse.ArgumentParser:
    """Return the options that all such studies have.

    Parameters
    ----------
    page
        Name of the package in scripts, of its folder in results and of its page in docs.
    about
        Shown above the options.
    names, data
        Of the studies, and of the data set that is taken otherwise.
    """
    parser = argparse.ArgumentParser(prog=f"python -m scripts.{page}", description=about)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("studies", nargs="*", metavar="STUDY", help=", ".join(names))
    parser.add_argument("--data", default=data, help=f"data set (default: {data})")
    parser.add_argument("--workers", type=int, help="threads (default: one for each processor)")
    parser.add_argument("--out", type=Path, help=f"folder (default: one in results/{page})")
    parser.add_argument("--finished", action="store_true", help="only studies that are finished")
    parser.add_argument("--docs", action="store_true", help=f"write docs/{page}.md as well")
    return parser


def parsed(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
    names: Sequence[str],
    quick: Mapping[str, int],
) -> argparse.Namespace:
    """Read a command line; `quick` has what --quick stands for where an option is left out."""
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.studies) - set(names))
    if unknown:
        parser.error(f"there is no study '{unknown[0]}'; there are {', '.join(names)}")
    for name, value in quick.items():
        if given.quick and getattr(given, name) is None:
            setattr(given, name, value)
    return given


def ended(page: str, work: Callable[[], list[Path]]) -> int:
    """Do the work, which returns the pages that it has written; return the code of the command."""
    try:
        targets = work()
    except NeurochannelError as error:
        print(f"{page}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        again = "what is finished is kept, run it again to resume"
        print(f"{page}: stopped; {again}", file=sys.stderr)
        return 130
    if not targets:
        print(f"{page}: no study is finished; run it without --finished", file=sys.stderr)
        return 1
    print(*(f"report {target}" for target in targets), sep="\n")
    return 0
