"""What reports say of convolutional networks."""

from __future__ import annotations

import re

from neurochannel import asrbp, bp, conv, convnet, pool
from neurochannel.observe.ledger import ledger
from neurochannel.observe.locality import locality
from neurochannel.reports.page.edge_facts import edge_facts
from neurochannel.reports.page.svg_drawing import drawing_of

NETWORK = convnet((6, 6), conv(4, 3), pool(2), 5, 3)


def test_a_network_says_its_shapes_and_what_joins_them() -> None:
    text = str(NETWORK.with_channel(bp()))
    assert "input 6 × 6, conv1 6 × 6 × 4 tanh, pool1 3 × 3 × 4 linear" in text
    assert re.search(r"conv1 -> pool1 +max +max of 2 × 2", text)
    assert re.search(r"pool1 -> conv1 +tied +against max of 2 × 2", text)
    text = str(NETWORK.with_channel(asrbp(shared="maps")))
    assert re.search(r"error -> conv1 +adaptive +shared by maps", text)
    assert re.search(r"error -> hidden1 +adaptive +all to all", text)


def test_a_page_draws_stacks_and_tells_of_shared_weights() -> None:
    network = NETWORK.with_channel(bp())
    facts = edge_facts(network, ledger(network), tuple(locality(network)))
    told = dict(facts["forward: input -> conv1"])
    assert (told["wires"], told["shared weights"]) == ("1,024", "36")
    assert told["local"].startswith("NO: one weight on up to 36 wires")
    assert "shared weights" not in dict(facts["forward: hidden1 -> output"])
    drawn = drawing_of(network, facts).still
    groups = dict(re.findall(r'data-block="(\w+)">(.*?)</g>', drawn))
    assert {name: part.count("<polygon") for name, part in groups.items()} == {
        "input": 0,
        "conv1": 3,
        "pool1": 3,
        "hidden1": 0,
        "output": 0,
        "error": 0,
    }
