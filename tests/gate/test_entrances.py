"""Every public entrance takes what is clear and refuses every kind of bad array in a sentence."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from neurochannel.errors import NeurochannelError
from tests.gate.kinds import BAD, ENTRANCES, GOOD, Bad, Entrance, N, T, X

NETWORK_TELLS = {
    "too narrow",
    "too wide",
    "wrong images",
    "beyond float32",
    "a label too many",
    "labels in a column",
    "narrow targets",
    "targets of -1 and 1",
    "targets above 1",
    "unequal sums",
}
"""Kinds that are good for some network, so that a data set alone cannot refuse them."""


def meet(kind: str, entrance: Entrance) -> bool:
    bad = BAD[kind]
    return (
        not (entrance.x_only and (bad.x is X or bad.text.startswith("of the same length")))
        and not (entrance.is_file and not bad.in_files)
        and (entrance.knows_network or kind not in NETWORK_TELLS)
    )


PAIRS = [
    pytest.param(bad, entrance, id=f"{kind} - {name}")
    for name, entrance in ENTRANCES.items()
    for kind, bad in BAD.items()
    if meet(kind, entrance)
]


@pytest.mark.parametrize(("bad", "entrance"), PAIRS)
def test_bad_arrays_are_refused_in_one_sentence(
    bad: Bad, entrance: Entrance, tmp_path: Path
) -> None:
    with pytest.raises(NeurochannelError, match=bad.text) as caught:
        entrance.enter(bad.x, bad.t, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", list(GOOD))
@pytest.mark.parametrize("name", [name for name in ENTRANCES if not ENTRANCES[name].is_file])
def test_clear_arrays_are_taken(kind: str, name: str, tmp_path: Path) -> None:
    ENTRANCES[name].enter(*GOOD[kind], tmp_path)


@pytest.mark.parametrize("kind", list(GOOD))
def test_clear_arrays_mean_what_the_plain_ones_mean(kind: str) -> None:
    run = ENTRANCES["Simulation"].enter(X, T, Path())
    x, t = GOOD[kind]
    assert run.evaluate((x, t)) == pytest.approx(run.evaluate((X, T)), nan_ok=True)
    np.testing.assert_array_equal(run.predict(x), run.predict(X))
    for name, change in run.updates(x, t).items():
        np.testing.assert_allclose(change, run.updates(X, T)[name], atol=1e-6)
    assert len(run.predict(x)) == N


def test_nothing_is_laid_out_for_the_kernels_elsewhere() -> None:
    """Only what asks the gate, or reads the run's own checked data, may call `make_feed`."""
    package = Path(__file__).parents[2] / "neurochannel"
    callers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "make_feed"
    }
    assert callers == {
        "engine/feeds.py",
        "engine/inspection.py",
        "engine/machine.py",
        "observe/probe.py",
    }
