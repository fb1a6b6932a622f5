"""The collector of cycles while something is compiled."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from neurochannel.engine.uncollected import uncollected


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()


def test_it_goes_on_afterwards_and_after_an_error() -> None:
    with pytest.raises(ValueError, match="stop"), uncollected():
        assert not gc.isenabled()
        raise ValueError("stop")
    assert gc.isenabled()


def test_it_stays_off_where_the_user_has_turned_it_off() -> None:
    gc.disable()
    with uncollected():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_it_waits_for_the_last_thread() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        with uncollected():
            begun.set()
            ended.wait()

    thread = threading.Thread(target=work)
    with uncollected():
        thread.start()
        begun.wait()
    assert not gc.isenabled()
    ended.set()
    thread.join()
    assert gc.isenabled()
