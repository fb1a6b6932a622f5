"""Convolutional networks next to PyTorch's automatic gradients, where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

import neurochannel as nc
from neurochannel import conv, convnet, pool
from neurochannel.model.maps import two

torch = pytest.importorskip("torch")

NETS = {
    "small": convnet((8, 8), conv(8, 3), pool(2), 10),
    "colors": convnet((32, 32, 3), conv(32, 5), pool(2), conv(32, 5), pool(2), 64, 10),
    "odd": convnet((13, 17, 5), conv(33, (3, 5)), pool(3, 2), conv(7, 3), 20, 10),
    "strided": convnet(
        (19, 16, 3), conv(20, (4, 3), stride=(3, 2), padding=2), conv(18, 2, padding=1), 10
    ),
    "means": convnet((9, 12, 2), conv(17, 3, padding="valid"), pool(2, kind="mean"), 10),
}
TOLERANCE = {"float32": 1e-6, "float64": 1e-13}


def tensor(array):
    return torch.tensor(np.array(array, np.float64), requires_grad=True)


def passed(run, bundle, activity, weights):
    """S of the target of a bundle; images are (examples, maps, rows, columns)."""
    functions, rule = torch.nn.functional, bundle.edges.rule
    if not rule:
        flat = activity.permute(0, 2, 3, 1) if activity.ndim == 4 else activity
        return flat.reshape(len(flat), -1) @ weights[bundle.name]
    kernel, stride = two(rule.kernel), two(rule.stride or rule.kernel)
    if bundle.edges.pool:
        pooled = functions.avg_pool2d if rule.kind == "mean" else functions.max_pool2d
        return pooled(activity, kernel, stride)
    turned = weights[bundle.name].permute(3, 2, 0, 1)
    return functions.conv2d(activity, turned, None, stride, rule.margin)


def torch_changes(run, x, t):
    """The output, and minus the gradients of the loss, by name, in float64."""
    network = run.network
    bundles = [b for b in network.forward_bundles if not b.edges.pool]
    weights = {b.name: tensor(run.weights[b.name]) for b in bundles}
    biases = {name: tensor(run.biases[name]) for name in run.biases}
    shape = network.image(network.input)
    made = {network.input: torch.tensor(x.reshape(-1, *shape)).double().permute(0, 3, 1, 2)}
    for bundle in network.forward_bundles:
        total = passed(run, bundle, made[bundle.source], weights)
        if bundle.target in biases:
            bias = biases[bundle.target]
            total = total + (bias[:, None, None] if total.ndim == 4 else bias)
        tanh = network.populations[bundle.target].activation == "tanh"
        made[bundle.target] = total.tanh() if tanh else total
    output = made[network.output]
    torch.nn.functional.cross_entropy(output, torch.tensor(t)).backward()
    found = {name: -w.grad.numpy() for name, w in (weights | biases).items()}
    return output.detach().softmax(1).numpy(), found


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("net", NETS)
def test_bp_of_convolutions_is_the_gradient_of_torch(net, dtype):
    run = nc.Simulation(NETS[net].with_channel(nc.bp()), rate=1.0, dtype=dtype, seed=3)
    rng = np.random.default_rng(0)
    for name in run.biases:
        run.biases[name] = rng.normal(0, 0.1, run.biases[name].shape)
    x = rng.normal(size=(20, run.network.size("input"))).astype(dtype)
    t = rng.integers(0, 10, 20)
    output, wanted = torch_changes(run, x, t)
    np.testing.assert_allclose(run.predict(x), output, 0, TOLERANCE[dtype])
    changes = run.updates(x, t)
    for name, change in wanted.items():
        most = TOLERANCE[dtype] * abs(change).max()
        np.testing.assert_allclose(changes[name], change, 0, most, err_msg=name)
