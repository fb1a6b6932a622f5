"""Learners in processes of their own: what they were told to do, and what they have learned."""

from __future__ import annotations

import multiprocessing
import threading
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from neurochannel.engine.history import History
from neurochannel.engine.observations import Series
from neurochannel.errors import OptionError
from neurochannel.lab.learner_process import serve
from neurochannel.model.network import Network

State = Literal["starting", "running", "paused", "stopped", "done", "failed"]
UNDER_WAY = ("starting", "running", "paused")
PATIENCE = 10.0
"""Seconds in which a process must hear that it is to stop, before it is killed."""
SAVING = 120.0


@dataclass
class Stretch:
    """What was learned with one channel.

    Parameters
    ----------
    before
        Epochs that were trained with other channels.
    """

    before: int
    history: History = field(default_factory=History)

    def shifted(self) -> History:
        """Return its history with epochs counted from the start of the first channel."""
        old = self.history
        records = [r._replace(epoch=r.epoch + self.before) for r in old.records]
        series = {
            name: Series(one.epochs + self.before, one.values, one.labels)
            for name, one in old.observations.items()
        }
        return History(records, series)


class LearnerProcess:
    """One network that is trained in a process of its own.

    Parameters
    ----------
    label
        What it is called in charts.
    network, data, options, epochs
        What is trained: see `Simulation` and `neurochannel.data.load`.
    """

    def __init__(
        self, label: str, network: Network, data: str, options: dict[str, Any], epochs: int
    ) -> None:
        self.label, self.network, self.epochs = label, network, epochs
        self.state: State = "starting"
        self.sentence = ""
        self.epoch = self.changes = 0
        self.stretches = [Stretch(0)]
        self._changed = threading.Condition()
        self._saved: str | None = None
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        threading.Thread(target=self._listen, args=(self._pipe,), daemon=True).start()
        self._send("start", network.to_toml(), data, options, epochs)

    @property
    def is_under_way(self) -> bool:
        """Whether it trains, or could resume."""
        return self.state in UNDER_WAY

    def pause(self) -> None:
        """Stop after the current batch, to resume later."""
        if self.state in ("starting", "running"):
            self._send("pause")

    def resume(self) -> None:
        """Train until the last epoch."""
        if self.state == "paused":
            self._send("resume")

    def stop(self) -> None:
        """Stop for good, at the latest after some seconds; what was learned is kept."""
        if not self.is_under_way:
            return
        if self.state != "paused":
            self._send("pause")
            if not self._until(lambda: self.state not in ("starting", "running"), PATIENCE):
                self.kill()
                self._set("stopped", "the training did not hear that it was to stop and was ended")
                return
        if self.state == "paused":
            self._set("stopped")

    def branch(self, network: Network) -> None:
        """Continue with what was learned and another channel, if both have edges in common."""
        if self.is_under_way and not _alike(network, self.network):
            self.network = network
            self._send("branch", network.to_toml())

    def save(self, path: str) -> None:
        """Write a checkpoint of what was learned so far.

        Raises
        ------
        OptionError
            If there is nothing to write, or it cannot be written.
        """
        self._saved = None
        if not self._process.is_alive():
            raise OptionError("there is no run any more; train again")
        before = self.sentence
        self._send("save", path)
        if not self._until(lambda: self._saved == path or self.sentence != before, SAVING):
            raise OptionError("the run could not be written in time; pause it first")
        if self._saved != path:
            raise OptionError(self.sentence)

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join(PATIENCE)

    def _send(self, *command: Any) -> None:
        try:
            self._pipe.send(command)
        except OSError:
            self._set("failed", self.sentence or "the training has ended; start it again")

    def _listen(self, pipe: Connection) -> None:
        while True:
            try:
                what, *given = pipe.recv()
            except (EOFError, OSError):
                break
            with self._changed:
                getattr(self, f"_on_{what}")(*given)
                self.changes += 1
                self._changed.notify_all()
        if self.is_under_way:
            code = self._process.exitcode
            self._set("failed", f"the training has ended by itself (code {code}); start it again")

    def _on_state(self, state: State) -> None:
        if self.state != "stopped":
            self.state = state

    def _on_epoch(self, epoch: int, history: History) -> None:
        self.epoch = epoch
        self.stretches[-1].history = history

    def _on_branched(self, text: str) -> None:
        self.sentence = ""
        if self.stretches[-1].history.records:
            self.stretches.append(Stretch(self.epoch))

    def _on_saved(self, path: str) -> None:
        self._saved = path

    def _on_failed(self, sentence: str, has_ended: bool) -> None:
        self.sentence = sentence
        if has_ended:
            self.state = "failed"

    def _set(self, state: State, sentence: str = "") -> None:
        with self._changed:
            self.state, self.sentence = state, sentence
            self.changes += 1
            self._changed.notify_all()

    def _until(self, condition: Any, seconds: float) -> bool:
        with self._changed:
            return bool(self._changed.wait_for(condition, seconds))


def _alike(one: Network, other: Network) -> bool:
    """Tell whether networks differ in their names at most."""
    return one.model_copy(update={"name": other.name}) == other
