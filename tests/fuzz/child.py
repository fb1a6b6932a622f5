"""Reads damaged files in a process of its own, where memory and time are limited.

python -m tests.fuzz.child READER FIRST COUNT [SEED] prints a line for each file that was read in a
way in which none should be; READER NUMBER reads that one file and shows what it raises.
"""

from __future__ import annotations

import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from neurochannel.errors import NeurochannelError
from tests.fuzz.readers import READERS, Reader

SECONDS = 10
"""For one file of a few kilobytes, on a slow and busy machine."""
ADDRESSES = 4 * 2**30
RESIDENT = 2**30
"""Bytes that one file may cost, beyond what the process had before."""


class TooSlow(BaseException):
    """Goes through all that catches exceptions."""


def damaged(reader: Reader, seeds: list[bytes], number: int, seed: str) -> bytes:
    """Return the file of a number."""
    rng = Random(f"{seed} {number}")
    content = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2))):
        try:
            content = rng.choice(reader.changes)(rng, content)
        except Exception:  # what is damaged already may not be open to more of that
            content = reader.changes[-1](rng, content)
    return content if rng.random() < 0.05 else reader.seal(content)


def complaint(reader: Reader, path: Path) -> str | None:
    """Read a file and say what is wrong with how that ended; "" where it was refused rightly."""
    before = _reset_peak()
    try:
        with _limited():
            reader.read(path)
    except NeurochannelError as error:
        if not reader.may_lack_memory and _is_short_of_memory(error):
            return f"asked for too much memory: {error}"
        if len(str(error)) > 20_000 or not str(error).strip():
            return f"a sentence of {len(str(error))} letters: {str(error)[:200]}"
        refusal: str | None = ""
    except TooSlow:
        return f"took more than {SECONDS} s"
    except BaseException:
        return traceback.format_exc()
    else:
        refusal = None
    grown = _peak() - before
    return f"took {grown / 2**20:.0f} MiB" if grown > RESIDENT else refusal


def _is_short_of_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__context__
    return False


@contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TooSlow

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _reset_peak() -> int:
    """Return bytes in use, and begin to note the most anew, where the system can."""
    if sys.platform.startswith("linux"):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    if sys.platform.startswith("linux"):
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _limit_addresses() -> None:
    if sys.platform.startswith("linux"):
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (used + ADDRESSES, limit))


def main(name: str, first: int, count: int, seed: str = "0") -> int:
    warnings.simplefilter("error")
    reader = READERS[name]
    seeds = reader.seeds()
    found, refused = 0, 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{reader.suffix}"
        for content in seeds:
            path.write_bytes(content)
            reader.read(path)
        _limit_addresses()
        for number in range(first, first + count):
            content = damaged(reader, seeds, number, seed)
            path.write_bytes(content)
            print(f"case {number}", flush=True)
            problem = complaint(reader, path)
            refused += problem == ""
            if problem:
                found += 1
                print(f"PROBLEM {name} {number} {seed}: {problem}", flush=True)
    print(f"read {count}, refused {refused}, in {time.monotonic() - begun:.1f} s", flush=True)
    return 1 if found else 0


def show(name: str, number: int, seed: str = "0") -> None:
    """Read the file of a number, keep it, and let pass what is raised."""
    reader = READERS[name]
    path = Path(tempfile.mkdtemp()) / f"file{reader.suffix}"
    path.write_bytes(damaged(reader, reader.seeds(), number, seed))
    print(path, flush=True)
    print(reader.read(path))


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    if len(rest) > 1:
        sys.exit(main(name, int(rest[0]), int(rest[1]), *rest[2:]))
    show(name, int(rest[0]))
