"""Frames of pandas as files: CSV for every program, Parquet to keep the kind of each column."""

from __future__ import annotations

from io import BytesIO
from os import PathLike
from typing import TYPE_CHECKING, Literal

from neurochannel.atomic import write_whole
from neurochannel.errors import CheckpointError, OptionError

if TYPE_CHECKING:
    from pandas import DataFrame

Kind = Literal["csv", "parquet"]


def check_kind(kind: Kind) -> None:
    """Refuse a kind of file for which a package is missing.

    Raises
    ------
    OptionError
        With the command that installs it.
    """
    from importlib.util import find_spec

    if kind == "parquet" and find_spec("pyarrow") is None:
        raise OptionError(
            "--parquet needs pyarrow, which is not installed; "
            "pip install 'neurochannel[parquet]', or write --csv FILE"
        )


def write_frame(frame: DataFrame, path: str | PathLike[str], kind: Kind) -> None:
    """Write a frame without its index; a file that exists is replaced.

    Numbers in CSV have all digits that bring back the same bits, gaps are empty, and each line end
    inside a text is written as a line feed.

    Raises
    ------
    OptionError
        If the file cannot be written.
    """
    buffer = BytesIO()
    if kind == "parquet":
        frame.to_parquet(buffer, index=False)
    else:
        # Python 3.11 does not quote a carriage return unless it ends lines.
        plain = frame.replace(r"\r\n?", "\n", regex=True)
        plain.to_csv(buffer, index=False, lineterminator="\n")
    try:
        write_whole(path, buffer.getvalue())
    except CheckpointError as error:
        raise OptionError(str(error)) from None
