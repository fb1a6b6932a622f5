"""What the page of the designer may ask for, without how it asks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neurochannel.errors import NetworkError, OptionError
from neurochannel.lab.answers import Answer, inspected, inspection_answer, state_answer
from neurochannel.lab.learner_pair import LearnerPair
from neurochannel.lab.python_text import python_text
from neurochannel.lab.session import Session, Version
from neurochannel.lab.shelf import Shelf
from neurochannel.model.network import Network
from neurochannel.reports.page.frame import page_of
from neurochannel.reports.page.learned import labeled_learners
from neurochannel.reports.page.network_page import network_document
from neurochannel.reports.page.run_page import run_document
from neurochannel.storage import load

PAGE = "report.html"
"""What a report is called in the command that it shows."""
Body = Mapping[str, Any]


def _table(body: Body, name: str) -> Body:
    value = body.get(name)
    if not isinstance(value, dict):
        raise OptionError(f"{name} must be an object of JSON")
    return value


CHANGES: dict[str, Callable[[Session, Body], Version]] = {
    "text": lambda session, body: session.replace(body.get("revision"), body.get("text")),
    "edit": lambda session, body: session.edit(body.get("revision"), _table(body, "edit")),
    "undo": lambda session, body: session.undo(body.get("revision")),
    "redo": lambda session, body: session.redo(body.get("revision")),
    "open": lambda session, body: session.open(
        name=body.get("name"), topology=body.get("topology")
    ),
    "save": lambda session, body: session.save(
        body.get("revision"), body.get("name"), overwrite=body.get("overwrite") is True
    ),
}
"""How each request changes the text."""


class Designer:
    """What the routes answer.

    Parameters
    ----------
    session, learners
        The text, and what is trained.
    data
        Name of the data set that sizes are taken from where the page names no other.
    """

    def __init__(self, session: Session, learners: LearnerPair, data: str) -> None:
        self.session, self.learners, self.data = session, learners, data
        self._inspected: tuple[tuple[int, str], Answer] | None = None

    def state(self, seen: str) -> Answer:
        """Return the text and its mistakes, or only the revision if it was seen."""
        version = self.session.version
        if seen == str(version.revision):
            return {"revision": version.revision}
        return state_answer(version)

    def inspection(self, data: str) -> Answer:
        """Return lint, ledger and locality."""
        version = self.session.version
        name = self._data(data)
        key = (version.revision, name)
        if self._inspected is None or self._inspected[0] != key:
            self._inspected = key, inspection_answer(version, name)
        return self._inspected[1]

    def change(self, what: str, body: Body) -> Answer:
        """Change the text; a run of it continues with the changed network."""
        version = CHANGES[what](self.session, body)
        self.learners.follow(version.network)
        return state_answer(version)

    def training(self, seen: str) -> Answer:
        """Return states and charts of the learners, or only what was seen if it is that."""
        return {"changes": seen} if seen == self.learners.changes else self.learners.answer()

    def train(self, body: Body) -> Answer:
        """Start, pause, resume or stop training."""
        if body.get("do") == "start":
            data = self._data(body.get("data"))
            self.learners.start(self.session.version.network, data, body)
        else:
            self.learners.tell(body.get("do"))
        return self.learners.answer()

    def _data(self, name: object) -> str:
        """Return what data is loaded by: what the command line named, or what the page may name."""
        return self.data if name in (None, "", self.data) else self.session.shelf.data(name)

    def python(self) -> Answer:
        """Return the code that makes the network."""
        return {"text": python_text(self.network())}

    def network(self) -> Network:
        """Return the network that the text describes.

        Raises
        ------
        NetworkError
            If it has mistakes.
        """
        version = self.session.version
        if version.network is None:
            raise NetworkError(str(version.problems[0]))
        return version.network

    def report(self, data: str) -> str:
        """Return a report of what was trained or, if nothing was, of the network."""
        with tempfile.TemporaryDirectory(prefix="neurochannel-lab-") as folder:
            # As simulations, since their checkpoints are gone when the page is read.
            if runs := {label: load(at) for label, at in self.learners.runs(Path(folder)).items()}:
                return page_of(run_document(labeled_learners(runs), PAGE))
        network = self.network()
        name = self._data(data)
        found = inspected(network, name, self_test=True)
        return page_of(network_document(found, self.session.version.name, PAGE))


def designer_of(shelf: Shelf, name: str, text: str, data: str, *, is_saved: bool) -> Designer:
    """Return a designer that begins with a text."""
    return Designer(Session(shelf, name, text, is_saved=is_saved), LearnerPair(), data)
