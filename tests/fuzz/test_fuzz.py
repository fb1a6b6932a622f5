"""Every reader ends in a value or a sentence, whatever is in a file, in bounded time and memory.

Files are damaged from small valid ones, always the same ones. NEUROCHANNEL_FUZZ=N reads N files
with each reader; `python -m tests.fuzz.child READER NUMBER` shows what one of them does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from neurochannel.errors import NeurochannelError
from tests.fuzz.readers import READERS, ROOT

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("NEUROCHANNEL_FUZZ", "400"))
SECONDS_TO_START = 120
SECONDS_A_FILE = 2


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_read_or_refused_with_a_sentence(name: str) -> None:
    child = [sys.executable, "-X", "faulthandler", "-m", "tests.fuzz.child", name, "0", str(COUNT)]
    limit = SECONDS_TO_START + SECONDS_A_FILE * COUNT
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(
        child,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    *_, last = done.stdout.splitlines()
    n_refused = int(last.split()[3].rstrip(","))
    assert n_refused > COUNT // 5, "the damage must be felt"
    assert n_refused < COUNT, "the damage must not always be fatal"


@contextmanager
def within(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError("a reader waits")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "nothing", "empty", "sparse"])
@pytest.mark.parametrize("name", [name for name in READERS if name != "study_folder"])
def test_what_is_no_file_is_refused_at_once(name: str, kind: str, tmp_path: Path) -> None:
    reader = READERS[name]
    path = tmp_path / f"file{reader.suffix}"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "empty":
            path.touch()
        case "sparse":
            path.touch()
            os.truncate(path, 2**42)
    with within(30), pytest.raises(NeurochannelError) as caught:
        reader.read(path)
    sentence = str(caught.value)
    assert sentence.startswith((f"{path}", f"data file {path}"))
    assert "regular file" in sentence or kind not in ("pipe", "device")
