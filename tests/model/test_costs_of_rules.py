"""Describing a large graph costs what its bundles do, not their square."""

from __future__ import annotations

from inspect import getattr_static

import pytest

import neurochannel as nc
from neurochannel.model.edges import ForwardEdges


def reads_of_rule(monkeypatch: pytest.MonkeyPatch, n: int, channel: str) -> int:
    """Return how often a chain with n bundles and a channel is asked for rules of images."""
    network, reads = nc.mlp(*[2] * (n + 1)), [0]
    rule: property = getattr_static(ForwardEdges, "rule")

    def counted(edges: ForwardEdges) -> object:
        reads[0] += 1
        return rule.__get__(edges)

    with monkeypatch.context() as patch:
        patch.setattr(ForwardEdges, "rule", property(counted))
        taught = network.with_channel(getattr(nc, channel)())
        assert [taught.n_biases(name) for name in taught.forward_order] == [2] * (n + 1)
    return reads[0]


@pytest.mark.parametrize("channel", ["bp", "rbp", "srbp"])
def test_twice_the_bundles_are_asked_twice_as_often(
    monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    few, many = (reads_of_rule(monkeypatch, n, channel) for n in (20, 40))
    assert 0 < few < many < 2.5 * few
