"""Checkpoints that say what cannot be: attributes out of range, texts that describe nothing."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from neurochannel.errors import CheckpointError
from neurochannel.storage import load
from tests.storage.hostile import DENSE, Edit, content, little_memory, path, refused
from tests.storage.runs import edited, set_text, tiny_data

__all__ = ["content", "little_memory", "path"]


def with_attribute(group: str, name: str, value: object) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[group].attrs[name]
        file[group].attrs[name] = value

    return edit


@pytest.mark.parametrize(
    ("group", "name", "value", "problem"),
    [
        ("progress", "epoch", -1, "epoch must not be negative, got -1"),
        ("progress", "updates", -(2**63), f"updates must not be negative, got -{2**63}"),
        ("progress", "position", np.uint64(2**63), f"position must not be negative, got {2**63}"),
        ("progress", "seconds", np.nan, "seconds must not be negative, got nan"),
        ("progress", "seconds", -1.0, "seconds must not be negative, got -1.0"),
        ("progress", "epoch", 1.0, "/progress attribute 'epoch' must be one int"),
        ("progress", "epoch", [1, 2], "/progress attribute 'epoch' must be one int"),
        ("progress", "epoch", "2", "/progress attribute 'epoch' must be one int"),
        ("progress", "epoch", 1, "/history/epoch must not go beyond epoch 1, got 2"),
        ("options", "batch_size", 0, "batch_size must lie between 1 and 2147483648, got 0"),
        ("options", "threads", 10**9, "threads must lie between 1 and 1024, got 1000000000"),
        ("options", "seed", -1, f"seed must lie between 0 and {2**64 - 1}, got -1"),
        (
            "options",
            "dtype",
            np.bytes_("object"),
            'dtype must be "float32" or "float64", got \'object\'',
        ),
        ("options", "dtype", "float32", "/options attribute 'dtype' must be one str"),
        ("options", "dtype", np.bytes_(b"\xff"), "'utf-8' codec can't decode byte 0xff"),
        ("options", "rate", np.nan, "rate must be a positive number, got nan"),
        ("options", "rate", -0.1, "rate must be a positive number, got -0.1"),
        ("options", "rate_kind", np.bytes_("eval"), "rate_kind must be constant, decay or"),
        ("options", "rate_kind", np.bytes_("decay"), "/options attribute 'decay' is missing"),
        ("options", "scale", 0.0, "scale must be a positive number, got 0.0"),
        ("/", "format", np.bytes_("other"), "attribute 'format' must be 'neurochannel checkpoint'"),
        ("/", "random_generator", 1, "/ attribute 'random_generator' must be one str"),
        ("/", "random_generator", np.bytes_("x" * 5000), "/ attribute 'random_generator' must be"),
        ("/", "format", np.bytes_("x" * 5000), "/ attribute 'format' must be one str"),
    ],
)
def test_attributes_out_of_range_are_refused(
    path: Path, group: str, name: str, value: object, problem: str
) -> None:
    assert refused(path, with_attribute(group, name, value)).startswith(problem)


@pytest.mark.parametrize("epochs", [[0, 1], [2, 1], [1, 1], [-5, 2], [1, 3]])
def test_a_history_that_is_out_of_order_is_refused(path: Path, epochs: list[int]) -> None:
    def edit(file: h5py.File) -> None:
        file["history/epoch"][:] = epochs

    assert refused(path, edit).startswith("/history/epoch must ")


def test_an_impossible_position_is_refused(path: Path) -> None:
    for position in (3, 12, 2**62):
        with edited(path) as file:
            file["progress"].attrs["position"] = position
        with pytest.raises(CheckpointError, match=f"stands at example {position} of an epoch"):
            load(path, tiny_data())


# --- texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("not TOML", "must be TOML, got a mistake at line 1, column 5 (Expected '=' after a key"),
        ("x = " + "[" * 100_000, "must be TOML, got brackets nested too deeply"),
        ("x = " + "[" * 40 + "]" * 40, "must be TOML, got brackets nested too deeply"),
        ("a." * 20_000 + "a = 1", "must have keys of fewer than 32 parts, got more at line 1"),
        ("", "populations is missing; write "),
        ("name = 1", "name must be text"),
        ("import os", "must be TOML, got a mistake at line 1, column 8 (Expected '=' after a key"),
        ("a = 1\0b", "must be TOML, got a mistake at line 1, column 6 (Expected newline or end"),
    ],
)
def test_bad_descriptions_are_refused(path: Path, text: str, problem: str) -> None:
    assert refused(path, lambda file: set_text(file, "network", text or " ")).startswith(problem)


def test_all_mistakes_of_a_description_fit_in_one_sentence(path: Path) -> None:
    def edit(file: h5py.File) -> None:
        text = file["network"].asstr()[()]
        set_text(file, "network", text.replace("tanh", "tanj"))

    assert refused(path, edit).count("must be one of") == 2


def test_a_description_without_sizes_is_refused(path: Path) -> None:
    def edit(file: h5py.File) -> None:
        text = file["network"].asstr()[()]
        set_text(file, "network", text.replace("size = 3", ""))

    assert refused(path, edit).startswith("populations.input.size is left to the data")


def test_another_network_does_not_fit_the_arrays(path: Path) -> None:
    def edit(file: h5py.File) -> None:
        text = file["network"].asstr()[()]
        set_text(file, "network", text.replace("size = 4", "size = 6"))

    assert refused(path, edit) == f"/{DENSE}/weights must have shape (3, 6), got (3, 4)"


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[]",
        "{}",
        '{"data": []}',
        '{"data": {"name": 1}}',
        '{"data": {"name": ["x"]}}',
        '{"data": {"fingerprint": {}}}',
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_bad_provenance_is_refused(path: Path, text: str) -> None:
    refused(path, lambda file: set_text(file, "provenance", text))


def test_a_data_set_is_named_and_never_run(path: Path) -> None:
    for name in ("os.system('x')", "../../etc/passwd", "", "/dev/zero", "a\0b.npz"):
        with edited(path) as file:
            entry = {"name": name, "fingerprint": "x"}
            set_text(file, "provenance", json.dumps({"data": entry}))
        with pytest.raises(CheckpointError, match="was trained on data that cannot be loaded: "):
            load(path)
