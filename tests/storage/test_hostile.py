"""Files made to do harm: nothing outside is read, nothing evaluated, no memory taken."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from neurochannel.errors import CheckpointError
from neurochannel.storage import load
from tests.storage.hostile import DENSE, MOVING, SPARSE, content, little_memory, path, refused
from tests.storage.runs import edited, set_text, tiny_data

__all__ = ["content", "little_memory", "path"]


def replaced(file: h5py.File, name: str, value: object, **options: object) -> None:
    del file[name]
    file.create_dataset(name, data=value, **options)


# --- arrays ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        (f"{DENSE}/weights", np.zeros((3, 5), "f4"), "must have shape (3, 4), got (3, 5)"),
        (f"{DENSE}/weights", np.zeros((4, 3), "f4"), "must have shape (3, 4), got (4, 3)"),
        (f"{DENSE}/weights", np.zeros(12, "f4"), "must have shape (3, 4), got (12,)"),
        (f"{DENSE}/weights", np.float32(1), "must have shape (3, 4), got ()"),
        (f"{DENSE}/weights", h5py.Empty("f4"), "must have shape (3, 4), got None"),
        (f"{DENSE}/weights", np.zeros((3, 4)), "must hold float32 numbers, got float64"),
        (f"{DENSE}/weights", np.zeros((3, 4), ">f4"), "must hold float32 numbers, got >f4"),
        (f"{DENSE}/weights", np.zeros((3, 4), "i4"), "must hold float32 numbers, got int32"),
        (f"{DENSE}/weights", np.zeros((3, 4), "c8"), "must hold float32 numbers, got complex64"),
        (f"{DENSE}/weights", np.zeros((3, 4), "S4"), "must hold float32 numbers, got |S4"),
        (f"{DENSE}/weights", np.full((3, 4), np.nan, "f4"), "must be finite numbers, got NaN or"),
        (f"{DENSE}/weights", np.full((3, 4), -np.inf, "f4"), "must be finite numbers, got NaN or"),
        ("biases/hidden1", np.full(4, np.inf, "f4"), "must be finite numbers, got NaN or Inf"),
        ("biases/hidden1", np.zeros((4, 1), "f4"), "must have shape (4,), got (4, 1)"),
        (f"{SPARSE}/weights", np.zeros(3, "f4"), "must have shape (4,), got (3,)"),
        (f"{SPARSE}/weights", np.zeros((5, 4), "f4"), "must have shape (4,), got (5, 4)"),
        (f"{SPARSE}/receivers", np.zeros((2, 2), "u4"), "must have shape (n,), got (2, 2)"),
        (f"{SPARSE}/receivers", np.zeros(4, "i8"), "must hold uint32 numbers, got int64"),
        (f"{SPARSE}/start", np.zeros(7, "u4"), "must have shape (6,), got (7,)"),
        (MOVING, np.zeros((4, 3), "f4"), "must have shape (3, 4), got (4, 3)"),
        (MOVING, np.zeros(12, "f4"), "must have shape (3, 4), got (12,)"),
        (MOVING, np.zeros((3, 4)), "must hold float32 numbers, got float64"),
        (MOVING, np.full((3, 4), np.inf, "f4"), "must be finite numbers, got NaN or Inf"),
        ("state/velocity:bias:hidden1", np.full(4, np.nan, "f4"), "must be finite numbers, got"),
        ("history/epoch", np.array([1, 2], "f8"), "must hold int64 numbers, got float64"),
        ("history/seconds", np.zeros(3), "must have shape (2,), got (3,)"),
        ("history/epoch", np.zeros((2, 1), "i8"), "must have shape (n,), got (2, 1)"),
    ],
)
def test_arrays_of_another_type_or_shape_are_refused(
    path: Path, name: str, value: object, problem: str
) -> None:
    assert refused(path, lambda file: replaced(file, name, value)).startswith(f"/{name} {problem}")


@pytest.mark.parametrize(
    ("name", "values", "problem"),
    [
        ("start", [1, 1, 1, 2, 3, 4], "start must rise from 0 to the 4 receivers"),
        ("start", [0, 3, 2, 4, 4, 4], "start must rise from 0 to the 4 receivers"),
        ("start", [0, 0, 0, 0, 0, 5], "start must rise from 0 to the 4 receivers"),
        ("start", [0, 0, 0, 0, 0, 3], "start must rise from 0 to the 4 receivers"),
        ("start", [0, 2**32 - 1, 4, 4, 4, 4], "start must rise from 0 to the 4 receivers"),
        ("receivers", [0, 1, 2, 4], "receivers must be below 4, got 4"),
        ("receivers", [0, 1, 2, 2**32 - 1], "receivers must be below 4, got 4294967295"),
    ],
)
def test_edge_lists_that_lead_outside_are_refused(
    path: Path, name: str, values: list[int], problem: str
) -> None:
    def edit(file: h5py.File) -> None:
        file[f"{SPARSE}/{name}"][:] = values

    assert refused(path, edit) == f"/{SPARSE}/{problem}"


@pytest.mark.parametrize("receivers", [[1, 0, 2, 3], [0, 0, 2, 3], [3, 2, 1, 0]])
def test_edges_that_are_unsorted_or_doubled_are_refused(path: Path, receivers: list[int]) -> None:
    def edit(file: h5py.File) -> None:
        file[f"{SPARSE}/start"][:] = [0, 0, 4, 4, 4, 4]
        file[f"{SPARSE}/receivers"][:] = receivers

    assert refused(path, edit) == f"/{SPARSE}/receivers must rise for each source"


@pytest.mark.parametrize("start", [[0, 1, 2, 3, 4, 4], [0, 0, 1, 1, 3, 4], [0, 1, 2, 3, 3, 4]])
def test_receivers_may_fall_from_source_to_source(path: Path, start: list[int]) -> None:
    with edited(path) as file:
        file[f"{SPARSE}/start"][:] = start
        file[f"{SPARSE}/receivers"][:] = [3, 1, 2, 0] if start[3] != 1 else [2, 1, 3, 0]
    assert load(path, tiny_data()).channel_edges("hidden2 -> hidden1")[1][1] == 1


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(f"{SPARSE}/receivers", "u4"), ("history/epoch", "i8"), ("network", "S1000000000")],
)
def test_huge_arrays_are_refused_before_memory_is_taken(path: Path, name: str, dtype: str) -> None:
    shape = () if name == "network" else (2**42,)

    def edit(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, shape=shape, dtype=dtype)

    assert refused(path, edit).startswith(f"/{name} claims ")


def test_a_huge_network_is_refused_before_memory_is_taken(path: Path) -> None:
    def grown(file: h5py.File) -> None:
        text = file["network"].asstr()[()]
        set_text(file, "network", text.replace("size = 4", "size = 2000000000"))
        del file[f"{DENSE}/weights"]
        shape = (3, 2_000_000_000)
        file.create_dataset(f"{DENSE}/weights", shape=shape, dtype="f4")

    assert refused(path, grown) == (
        f"/{DENSE}/weights claims 24000000000 bytes that are not in the file"
    )


def test_one_array_in_many_places_counts_as_many(path: Path) -> None:
    def edit(file: h5py.File) -> None:
        del file["history/epoch"], file["history/updates"]
        file["history/epoch"] = np.zeros(10_000, "i8")
        file["history/updates"] = file["history/epoch"]

    assert refused(path, edit) == "/history/updates claims 80000 bytes that are not in the file"


def test_a_network_whose_channel_needs_huge_memory_is_refused(path: Path) -> None:
    relays = "\n".join(f"relay{i} = {{ size = 2000000000 }}" for i in range(2))
    wires = 'path = "error -> relay0 -> relay1"\nweights = "redrawn"\n'

    def edit(file: h5py.File) -> None:
        text = file["network"].asstr()[()]
        text = text.replace("[populations]", f"[populations]\n{relays}")
        set_text(file, "network", f"{text}\n[[channel]]\n{wires}")
        file.create_group("channel/error -> relay0").attrs["kind"] = np.bytes_("redrawn")
        file.create_group("channel/relay0 -> relay1").attrs["kind"] = np.bytes_("redrawn")

    with edited(path) as file:
        edit(file)
    with pytest.raises(CheckpointError, match="needs more memory than there is|is damaged: "):
        load(path, tiny_data())


# --- links, layouts and types ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["network", "options", f"{DENSE}/weights", DENSE, "history/epoch"])
@pytest.mark.parametrize("kind", ["soft", "external", "dangling"])
def test_links_are_refused_and_not_followed(path: Path, name: str, kind: str) -> None:
    outside = path.with_name("outside.h5")
    with h5py.File(path) as source, h5py.File(outside, "w") as target:
        source.copy(name, target, "secret")

    def edit(file: h5py.File) -> None:
        file.move(name, "elsewhere") if kind == "soft" else file.__delitem__(name)
        file[name] = {
            "soft": h5py.SoftLink("/elsewhere"),
            "external": h5py.ExternalLink(str(outside), "/secret"),
            "dangling": h5py.ExternalLink("/nowhere.h5", "/secret"),
        }[kind]

    assert refused(path, edit) == f"/{name} must be stored in the file itself, got a link"


def stored_outside(file: h5py.File, raw: Path) -> None:
    raw.write_bytes(bytes(48))
    name = f"{DENSE}/weights"
    del file[name]
    file.create_dataset(name, (3, 4), "f4", external=[(str(raw), 0, 48)])


def virtual(file: h5py.File, outside: Path) -> None:
    with h5py.File(outside, "w") as other:
        other["secret"] = np.zeros((3, 4), "f4")
    layout = h5py.VirtualLayout((3, 4), "f4")
    layout[:] = h5py.VirtualSource(str(outside), "secret", (3, 4))
    del file[f"{DENSE}/weights"]
    file.create_virtual_dataset(f"{DENSE}/weights", layout)


def compressed(file: h5py.File, _: Path) -> None:
    replaced(file, f"{DENSE}/weights", np.zeros((3, 4), "f4"), compression="gzip")


def chunked(file: h5py.File, _: Path) -> None:
    replaced(file, f"{DENSE}/weights", np.zeros((3, 4), "f4"), chunks=(3, 4))


@pytest.mark.parametrize("edit", [stored_outside, virtual, compressed, chunked])
def test_arrays_that_are_not_in_one_piece_are_refused(
    path: Path, edit: Callable[[h5py.File, Path], None]
) -> None:
    problem = refused(path, lambda file: edit(file, path.with_name("outside")))
    assert problem == f"/{DENSE}/weights must be stored in one piece"


class Bomb:
    """Tells when it is unpickled."""

    exploded: list[str] = []  # noqa: RUF012

    def __reduce__(self) -> tuple[object, ...]:
        return Bomb.exploded.append, ("boom",)


@pytest.mark.parametrize("name", [f"{DENSE}/weights", "network", "provenance"])
def test_objects_and_pickles_are_refused(path: Path, name: str) -> None:
    bomb = np.void(pickle.dumps(Bomb()))
    variable = h5py.string_dtype()
    values = [(bomb, None), (np.full((3, 4), "boom", object), variable), ("boom", variable)]
    for value, dtype in values:
        refused(path, lambda file, v=value, d=dtype: replaced(file, name, v, dtype=d))
    assert Bomb.exploded == []


@pytest.mark.parametrize("name", ["network", f"{DENSE}/weights", MOVING, "history/epoch"])
def test_groups_in_the_place_of_arrays_are_refused(path: Path, name: str) -> None:
    def edit(file: h5py.File) -> None:
        del file[name]
        file.create_group(name)

    assert refused(path, edit) == f"/{name} must be an array"


@pytest.mark.parametrize("name", ["options", "forward", DENSE, "biases", "state"])
def test_arrays_in_the_place_of_groups_are_refused(path: Path, name: str) -> None:
    assert refused(path, lambda file: replaced(file, name, 1.0)) == f"/{name} must be a group"


@pytest.mark.parametrize(
    "name",
    [
        "network",
        "provenance",
        "options",
        "progress",
        "forward",
        "biases/hidden1",
        "state",
        MOVING,
        "history/epoch",
    ],
)
def test_what_is_missing_is_named(path: Path, name: str) -> None:
    assert refused(path, lambda file: file.__delitem__(name)) == f"/{name} is missing"


@pytest.mark.parametrize(
    "name",
    [
        "forward/input -> output",
        "channel/error -> input",
        "biases/input",
        f"{DENSE}/start",
        "state/velocity:bias:output",
        "state/momentum",
        "history/x",
    ],
)
def test_what_belongs_to_nothing_is_named(path: Path, name: str) -> None:
    problem = refused(path, lambda file: file.create_group(name))
    assert problem == f"/{name} belongs to nothing in the network"
