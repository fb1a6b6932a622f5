"""What holds for all kernels, from their declarations alone."""

from __future__ import annotations

import copy
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba.core.registry import cpu_target

from neurochannel.engine import compiler  # loads all kernels
from neurochannel.kernels.declare import KERNELS, Array
from neurochannel.kernels.entry import SIGNATURE, cache_of, compiled_entry, plain_entry
from neurochannel.kernels.jit import is_uncompiled
from tests.kernels.calls import Rooms

assert compiler
ROOT = Path(__file__).parents[2]
NAMES = sorted(KERNELS)
BOTH_TYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


@pytest.fixture(scope="module")
def plainly(tmp_path_factory):
    """What all kernels do as plain Python, in a process of its own."""
    path = tmp_path_factory.mktemp("plain") / "rooms.pickle"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.kernels.calls", str(path)]
    subprocess.run(command, env=environment, cwd=ROOT, check=True)
    return pickle.loads(path.read_bytes())


@BOTH_TYPES
@pytest.mark.parametrize("name", NAMES)
def test_compiled_and_as_plain_python_it_does_the_same(name, dtype, plainly):
    rooms = Rooms(KERNELS[name], dtype)
    status, arrays = plainly[name, dtype]
    assert rooms.run() == status
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    twin = copy.copy(rooms)
    twin.arrays = arrays
    for operand in rooms.kernel.arrays:
        np.testing.assert_allclose(
            rooms.view(operand), twin.view(operand), tolerance, tolerance, err_msg=operand
        )
    assert_alike(rooms.without(*changed(name)), twin.without(*changed(name)), tolerance)


def changed(name):
    return [o for o, array in KERNELS[name].arrays.items() if array.access != "reads"]


def assert_alike(one, other, tolerance):
    for room, array in one.items():
        np.testing.assert_allclose(array, other[room], tolerance, tolerance, err_msg=room)


@pytest.mark.parametrize("name", NAMES)
def test_it_changes_nothing_but_what_it_declares(name):
    rooms = Rooms(KERNELS[name], "float64")
    before = copy.copy(rooms)
    before.arrays = copy.deepcopy(rooms.arrays)
    rooms.run()
    rooms.arrays["totals"] = before.arrays["totals"]
    assert_alike(rooms.without(*changed(name)), before.without(*changed(name)), 0)


@pytest.mark.parametrize("name", NAMES)
def test_what_it_sets_does_not_depend_on_what_was_there(name):
    kernel = KERNELS[name]
    results = []
    for old in (0.0, 7.0):
        rooms = Rooms(kernel, "float64")
        for operand, array in kernel.arrays.items():
            if array.access == "sets":
                rooms.view(operand)[...] = old
        rooms.run()
        results.append(
            [rooms.view(o).copy() for o, array in kernel.arrays.items() if array.access == "sets"]
        )
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.skipif(is_uncompiled(), reason="there is no machine code to look at")
@BOTH_TYPES
@pytest.mark.parametrize("name", NAMES)
def test_it_cannot_raise(name, dtype):
    compiled_entry(KERNELS[name], dtype)
    kept = cache_of(KERNELS[name], dtype).path(SIGNATURE, cpu_target.target_context.codegen())
    raising = rb"Py(?:Err|Object|_)\w*|numba_do_raise|numba_unpickle|NRT_Allocate\w*"
    assert not set(re.findall(raising, kept.read_bytes()))


@pytest.mark.skipif(is_uncompiled() or os.name == "nt", reason="needs machine code and mprotect")
def test_nothing_is_stored_behind_a_part_of_a_batch():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.kernels.guarded"]
    found = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    last = (found.stdout.splitlines() or ["nothing"])[-1]
    assert found.returncode == 0, f"{last}: {found.stderr}"
    assert last.startswith("all ")


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_does_and_to_what(name):
    kernel = KERNELS[name]
    assert kernel.function.__doc__
    assert (
        any(isinstance(one, Array) and one.access != "reads" for one in kernel.arguments.values())
        or {"marks", "totals"} & kernel.arguments.keys()
    )


@pytest.mark.parametrize("name", KERNELS)
def test_the_names_by_which_machine_code_is_found_say_its_width(name):
    """Files of two processes may have the same number for it, and meet in a third process."""
    entries = [plain_entry(KERNELS[name], dtype) for dtype in ("float32", "float64")]
    assert [made.__qualname__ for made in entries] == [f"{name}_float32", f"{name}_float64"]
