"""A small network to make mistakes in, and what a sentence about a mistake must have."""

import re

import pytest

from neurochannel.errors import NetworkError
from neurochannel.model.network import Network

POPULATIONS = {
    "input": {"size": 4},
    "a": {"size": 3, "activation": "tanh"},
    "b": {"size": 3, "activation": "tanh"},
    "output": {"size": 2, "activation": "softmax"},
}
FORWARD = [{"path": "input -> a -> b -> output"}]


def problems(populations=None, forward=FORWARD, channel=(), **others):
    every = POPULATIONS | (populations or {})
    with pytest.raises(NetworkError) as caught:
        Network(populations=every, forward=forward, channel=channel, **others)
    return caught.value.problems


def channel(path, **keys):
    return [{"path": path, **keys}]


def only(found, *essentials):
    """Check that there is one sentence, with its place first and the other essentials in order."""
    (sentence,) = found
    assert sentence.startswith(essentials[0] + " ")
    assert re.search(".*".join(map(re.escape, essentials)), sentence), sentence
    assert "; " in sentence, f"no remedy: {sentence}"
