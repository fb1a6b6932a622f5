"""Which data a command with a checkpoint works on."""

from __future__ import annotations

from neurochannel import data
from neurochannel.errors import OptionError
from neurochannel.storage import Summary


def data_for(path: str, summary: Summary, given: str | None) -> data.Data:
    """Load the data set that was given or, if none was, the one that the checkpoint names.

    Raises
    ------
    OptionError
        If neither names one.
    DataError
        If it cannot be loaded.
    """
    name = given or summary.data_name
    if name is None:
        raise OptionError(
            f"--data must be given, because {path} was trained on arrays that it does not hold; "
            "add the name of a data set or the path of a file"
        )
    return data.load(name)


def resumed_data(path: str, summary: Summary, given: str | None) -> data.Data:
    """Load the data that a run resumes with, which must be what it was trained on.

    Raises
    ------
    OptionError
        If its content is another.
    """
    chosen = data_for(path, summary, given)
    if summary.fingerprint not in (None, chosen.fingerprint):
        raise OptionError(
            f"--data must have the content that {path} was trained on, but '{chosen.name}' has "
            "another; name the data set that it was, or put its old files back"
        )
    return chosen
