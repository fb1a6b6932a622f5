"""Tables as HDF5 files: whole or refused, and read without trust."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from os import PathLike
from typing import Any

import h5py
import numpy as np

from neurochannel.atomic import why_not_new, write_whole
from neurochannel.data.locked import IN_USE, is_held
from neurochannel.errors import CheckpointError, DataError, OptionError
from neurochannel.inputs.opening import Refusal, open_or_refuse
from neurochannel.storage.reading import Reader, attribute
from neurochannel.storage.seal import COPY, SIZE
from neurochannel.study.columns import TEXT, Column, Kind, kind_of
from neurochannel.study.table import Table

FORMAT = "neurochannel table"
VERSION = 1
FIRST_LINE = f"{FORMAT}\n".encode()
STORED: dict[Kind, str] = {"float": "<f8", "int": "<i8", "bool": "|u1"}
AGAIN = "use another copy of it, or write the table again"
OTHER = "name a file that Table.to_hdf5 wrote"


def write_hdf5(table: Table, path: str | PathLike[str], overwrite: bool = False) -> None:
    """Write a table as HDF5; `Table.to_hdf5` says what is raised.

    Notes
    -----
    512 bytes of text with a checksum, then HDF5: attributes `format` and `format_version`, the
    text `columns` (JSON, a list of [name, kind]) and for each column a group of its number: `data`
    as float64, int64 or uint8 for truth values; text as `data`, all bytes of UTF-8 one after the
    other, and `end`, where each row's text ends.
    """
    if reason := why_not_new(path, overwrite):
        raise OptionError(f"{path} {reason}")
    buffer = BytesIO()
    with h5py.File(buffer, "w", userblock_size=SIZE, libver=("v108", "v108")) as root:
        root.attrs["format"] = np.bytes_(FORMAT)
        root.attrs["format_version"] = VERSION
        listed = [[name, kind_of(table[name])] for name in table.columns]
        text = json.dumps(listed).encode()
        root.create_dataset("columns", data=np.array(text, h5py.string_dtype("utf-8", len(text))))
        for number, name in enumerate(table.columns):
            _put(root.create_group(str(number)), table[name])
    image = buffer.getbuffer()
    image[:SIZE] = _seal(image[SIZE:])
    try:
        write_whole(path, image)
    except CheckpointError as error:
        raise OptionError(str(error)) from None


def read_hdf5(path: str | PathLike[str]) -> Table:
    """Read an HDF5 file; `Table.from_hdf5` says what is raised."""
    try:
        content = _checked(path)
        with h5py.File(BytesIO(content), "r") as root:
            return _table(root, len(content))
    except Refusal as refusal:
        reason = str(refusal).replace(COPY, AGAIN)
    except MemoryError:
        reason = "needs more memory than there is; use a machine with more"
    except Exception as error:
        first = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        reason = f"is damaged: {first}; {AGAIN}"
    raise DataError(f"{path} {reason}")


def _seal(content: memoryview | bytes) -> bytes:
    """Return what stands before the HDF5 part: it tells damage before the library meets it."""
    digest = hashlib.sha256(content).hexdigest()
    lines = (FORMAT, f"sha256 {digest}", f"bytes {SIZE + len(content)}", "HDF5 follows.")
    return "".join(f"{line}\n" for line in lines).encode().ljust(SIZE, b"\0")


def _checked(path: str | PathLike[str]) -> bytes:
    with open_or_refuse(path, OTHER) as file:
        content, held = file.read(), is_held(file)
    intact = content[:SIZE] == _seal(memoryview(content)[SIZE:])
    if held and not intact:
        raise Refusal(IN_USE)
    if not content:
        raise Refusal(f"is empty; {AGAIN}")
    if content[: len(FIRST_LINE)] != FIRST_LINE[: len(content)]:
        raise Refusal(f"is not a {FORMAT}; {OTHER}")
    if not intact:
        raise Refusal(f"is damaged: its checksum does not match its content; {AGAIN}")
    return content


def _table(root: h5py.File, n_bytes: int) -> Table:
    if attribute(root, "format", str) != FORMAT:
        raise _wrong(f"attribute 'format' must be '{FORMAT}'")
    version = attribute(root, "format_version", int)
    if version > VERSION:
        raise Refusal(
            f"has format version {version}, and this neurochannel reads versions up to {VERSION}; "
            "install a newer neurochannel"
        )
    reader = Reader(root, n_bytes)
    names = json.loads(reader.text(root, "columns"))
    if not isinstance(names, list) or not all(map(_is_entry, names)):
        raise _wrong("/columns must be a list of [name, kind]")
    if len({name for name, _ in names}) < len(names):
        raise _wrong("/columns must name each column once")
    reader.expect(root, {"columns", *map(str, range(len(names)))})
    groups = [reader.group(root, str(number)) for number in range(len(names))]
    return Table(
        {name: _read(reader, g, kind) for g, (name, kind) in zip(groups, names, strict=True)}
    )


def _is_entry(entry: Any) -> bool:
    pair = isinstance(entry, list) and len(entry) == 2
    return pair and isinstance(entry[0], str) and entry[1] in (*STORED, "text")


def _put(group: h5py.Group, column: Column) -> None:
    if kind_of(column) != "text":
        group["data"] = column.astype(STORED[kind_of(column)])
        return
    parts = [text.encode() for text in column.tolist()]
    group["data"] = np.frombuffer(b"".join(parts), np.uint8)
    group["end"] = np.cumsum([len(part) for part in parts], dtype=np.int64).astype("<i8")


def _read(reader: Reader, group: h5py.Group, kind: Kind) -> Column:
    if kind != "text":
        reader.expect(group, {"data"})
        data = reader.array(group, "data", STORED[kind], (None,))
        if kind == "bool" and data.max(initial=0) > 1:
            raise _wrong(f"{group.name}/data must be 0 and 1, got {data.max()}")
        return data.astype(np.bool_) if kind == "bool" else data
    reader.expect(group, {"data", "end"})
    content = reader.array(group, "data", "|u1", (None,)).tobytes()
    end = reader.array(group, "end", "<i8", (None,))
    bounds = np.concatenate([[0], end])
    if np.any(np.diff(bounds) < 0) or bounds[-1] != len(content):
        raise _wrong(f"{group.name}/end must rise from 0 to the {len(content)} bytes of text")
    pieces = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    return np.array([content[first:last].decode() for first, last in pieces], TEXT)


def _wrong(problem: str) -> Refusal:
    return Refusal(f"is damaged: {problem}; {AGAIN}")
