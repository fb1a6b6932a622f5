"""A program that trains in children and kills them, until one of them comes through.

python -m tests.storage.killed training TOPOLOGY PATH EPOCHS KILLS   kills at random moments
python -m tests.storage.killed within TOPOLOGY PATH EPOCHS KILLS     saves in the middle of epochs
python -m tests.storage.killed writing PATH                          kills at each step of a write
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurochannel import atomic, data
from neurochannel.engine.simulation import Simulation
from neurochannel.model.network import Network
from neurochannel.storage import Checkpoint, load, save

STEPS = ("open", "fsync", "replace", "unlink", "listdir")


def in_child(work: Callable[[], object], lifetime: float | None) -> int:
    """Fork, let the child work, kill it after so many seconds; return how it ended."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if lifetime is not None:
        time.sleep(lifetime)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def new_run(topology: str) -> Simulation:
    network = Network.from_toml(topology)
    return Simulation(network, data.load("digits"), batch_size=100, seed=5)


def train(topology: str, path: str, epochs: int) -> None:
    run = load(path) if os.path.exists(path) else new_run(topology)
    if run.epoch < epochs:
        run.train(epochs - run.epoch, [Checkpoint(path)], progress=False)


def train_and_save(topology: str, path: str, epochs: int, saves: int) -> None:
    """The same, but another thread saves wherever training is, and dies after some of these."""
    run = load(path) if os.path.exists(path) else new_run(topology)
    done = threading.Event()

    def keep_saving() -> None:
        count = 0
        while not done.wait(0.001):
            save(run, path, overwrite=True)
            count += load(path).progress.position > 0
            if count >= saves:
                os.kill(os.getpid(), signal.SIGKILL)

    saver = threading.Thread(target=keep_saving)
    saver.start()
    if run.epoch < epochs:
        run.train(epochs - run.epoch, progress=False)
    done.set()
    saver.join()
    save(run, path, overwrite=True)


def kill_training(topology: str, path: str, epochs: int, kills: int) -> None:
    dice = random.Random(0)
    for _ in range(kills):
        ended = in_child(lambda: train(topology, path, epochs), dice.uniform(0.0, 0.3))
        assert ended in (0, -signal.SIGKILL), ended
        assert not os.path.exists(path) or load(path).epoch > 0
    assert in_child(lambda: train(topology, path, epochs), None) == 0


def kill_within(topology: str, path: str, epochs: int, kills: int) -> None:
    dice, positions = random.Random(0), set()
    for _ in range(kills):
        saves = dice.randint(1, 4)
        ended = in_child(lambda saves=saves: train_and_save(topology, path, epochs, saves), None)
        assert ended in (0, -signal.SIGKILL), ended
        positions.add(load(path).progress.position)
    assert positions - {0}, positions
    assert in_child(lambda: train(topology, path, epochs), None) == 0


def die_at(step: int) -> None:
    """Let the process die just before, or for a write half-way in, its step-th system call."""
    count = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **options)

        return wrapper

    class Half:
        """A file that loses what comes after the middle."""

        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Half:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, content: bytes) -> None:
            half = len(content) // 2
            counted(self.file.write)(content[:half])
            self.file.flush()
            counted(self.file.write)(content[half:])

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    real_open = open
    vars(atomic)["open"] = lambda *args: Half(real_open(*args))
    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))


def kill_writing(path: str) -> None:
    """Kill a writer before each of its steps; what the name stands for must be old or new."""
    old, new = b"old" * 1000, b"new" * 2000

    def write(step: int) -> None:
        die_at(step)
        atomic.write_whole(path, new)

    seen, step, ended = set(), 0, -1
    while ended:
        Path(path).write_bytes(old)
        step += 1
        ended = in_child(lambda step=step: write(step), None)  # type: ignore[misc]
        assert ended in (0, -signal.SIGKILL), ended
        content = Path(path).read_bytes()
        assert content in (old, new)
        seen.add(content)
    assert step > 5
    assert seen == {old, new}


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    if kind == "training":
        kill_training(rest[0], rest[1], int(rest[2]), int(rest[3]))
    elif kind == "within":
        kill_within(rest[0], rest[1], int(rest[2]), int(rest[3]))
    else:
        kill_writing(*rest)
