"""The process that trains one learner, so that it can be stopped whatever it does."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from neurochannel.errors import NeurochannelError

if TYPE_CHECKING:
    from neurochannel.engine.simulation import Simulation

EVERY = 0.15
"""Seconds between two messages about what was learned."""
Command = tuple[Any, ...]


def serve(pipe: Connection) -> None:
    """Do what comes through a pipe, until it is closed.

    Commands are ("start", TOML, data, options, epochs), ("branch", TOML), ("pause",), ("resume",)
    and ("save", path). What is sent back are ("epoch", total, history), ("state", word),
    ("branched", TOML), ("saved", path) and ("failed", sentence, whether training has ended).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Worker(pipe).serve()


class _Worker:
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._run: Simulation | None = None
        self._goal = self._before = 0
        self._training = False
        self._told = 0.0

    def serve(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            if self._training and self._commands.empty():
                self._train()
            else:
                self._obey(self._commands.get())

    def _listen(self) -> None:
        """Take commands as they come; end with the server."""
        while True:
            try:
                command = self._pipe.recv()
            except (EOFError, OSError):
                os._exit(0)
            self._commands.put(command)
            if self._run is not None:
                self._run.stop()

    def _obey(self, command: Command) -> None:
        what, *given = command
        try:
            getattr(self, f"_{what}")(*given)
        except (NeurochannelError, MemoryError) as error:
            sentence = str(error) or "there is not enough memory; make populations smaller"
            self._send("failed", sentence, self._run is None)

    def _start(self, text: str, data: str, options: dict[str, Any], epochs: int) -> None:
        from neurochannel.data.library import load
        from neurochannel.engine.simulation import Simulation
        from neurochannel.model.network import Network

        self._run = Simulation(Network.from_text(text), load(data), **options)
        self._goal, self._before, self._training = epochs, 0, True
        self._send("state", "running")

    def _branch(self, text: str) -> None:
        from neurochannel.model.network import Network

        run = self._known()
        branch = run.branch(Network.from_text(text))
        self._tell(run)
        self._before += run.epoch
        self._run = branch
        self._send("branched", text)

    def _pause(self) -> None:
        self._training = False
        self._tell(self._known())
        self._send("state", "paused")

    def _resume(self) -> None:
        self._known()
        self._training = True
        self._send("state", "running")

    def _save(self, path: str) -> None:
        from neurochannel.storage import save

        save(self._known(), path, overwrite=True)
        self._send("saved", path)

    def _train(self) -> None:
        from neurochannel.observe.observers import Observe

        run, left = self._known(), self._goal - self._before - self._known().epoch
        try:
            if left > 0:
                run.train(left, (Observe("alignment", every=1), self._at_times), progress=False)
            if self._before + run.epoch < self._goal:
                return  # a command has come
            self._training = False
            self._tell(run)
            self._send("state", "done")
        except KeyboardInterrupt:
            return
        except NeurochannelError as error:
            self._training = False
            self._tell(run)
            self._send("failed", str(error), True)

    def _at_times(self, run: Simulation) -> None:
        if time.monotonic() - self._told > EVERY:
            self._tell(run)

    def _tell(self, run: Simulation) -> None:
        self._told = time.monotonic()
        self._send("epoch", self._before + run.epoch, run.history)

    def _known(self) -> Simulation:
        assert self._run is not None
        return self._run

    def _send(self, *message: Any) -> None:
        with suppress(BrokenPipeError):
            self._pipe.send(message)
