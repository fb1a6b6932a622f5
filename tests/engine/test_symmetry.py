"""What adaptation of both channels by the same rule makes of their weights."""

import numpy as np
import pytest

from neurochannel import Init, Simulation, data, mlp
from neurochannel.model.architectures import conjoined, distinct, twin

SMALL = Init(scale=0.1)


def angle(a, b):
    return np.degrees(np.arccos(np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)))


def trained(recipe, epochs=30):
    network = mlp(None, 40, 20, None, init=SMALL).with_channel(recipe)
    run = Simulation(network, data.load("digits"), rate=0.1, batch_size=10, seed=1)
    run.train(epochs, evaluate_every=None)
    return run


@pytest.mark.parametrize(
    ("recipe", "prefix"),
    [(conjoined(init=SMALL), ""), (twin(init=SMALL), "twin.")],
)
def test_small_weights_of_both_channels_become_nearly_symmetric(recipe, prefix):
    run = trained(recipe)
    top, deep = f"error -> {prefix}hidden2", f"{prefix}hidden2 -> {prefix}hidden1"
    assert angle(run.channel_weights[top], run.weights["hidden2 -> output"].T) < 10
    assert angle(run.channel_weights[deep], run.weights["hidden1 -> hidden2"].T) < 60
    assert run.evaluate().accuracy > 0.9


def test_conjoined_weights_keep_their_difference():
    run = trained(conjoined(init=SMALL), 1)
    born = Simulation(run.network, run.data, batch_size=10, seed=1)

    def difference(one):
        return one.channel_weights["hidden2 -> hidden1"] - one.weights["hidden1 -> hidden2"].T

    moved = run.weights["hidden1 -> hidden2"] - born.weights["hidden1 -> hidden2"]
    assert np.abs(moved).max() > 0.01
    np.testing.assert_allclose(difference(run), difference(born), atol=1e-5)


def test_distinct_channels_of_another_size_learn():
    assert trained(distinct(9, init=SMALL)).evaluate().accuracy > 0.9
