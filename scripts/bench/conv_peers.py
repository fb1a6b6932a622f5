"""Convolutional networks in other frameworks, each written as its users would at their best.

The network is that of `convolution`: 32x32x3, two times convolution 5x5 with 32 maps of tanh and
max pooling 2x2, 256 units of tanh, softmax of 10. Every peer is a function that takes (x, labels,
batch, rate) and returns a function that trains one batch after another, all of them the same one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scripts.bench.peers import Epoch, glorot

MAPS, UNITS, CLASSES, SIDE = 32, 256, 10, 8
FLAT = SIDE * SIDE * MAPS


def small_in_torch() -> Any:
    """Return the network as a module."""
    from torch import nn

    return nn.Sequential(
        *(nn.Conv2d(3, MAPS, 5, padding=2), nn.Tanh(), nn.MaxPool2d(2)),
        *(nn.Conv2d(MAPS, MAPS, 5, padding=2), nn.Tanh(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(FLAT, UNITS), nn.Tanh(), nn.Linear(UNITS, CLASSES)),
    )


def paper_in_torch() -> Any:
    """Return the network of the paper as a module."""
    from torch import nn

    layers = [
        layer
        for maps in (3, 64, 64)
        for layer in (nn.Conv2d(maps, 64, 5, padding=2), nn.Tanh(), nn.MaxPool2d(3, 2))
    ]
    dense = nn.Flatten(), nn.Linear(576, 1024), nn.Tanh(), nn.Linear(1024, CLASSES)
    return nn.Sequential(*layers, *dense)


def torch_eager(
    module: Any,
    x: np.ndarray,
    labels: np.ndarray,
    rate: float,
    *,
    channels_last: bool,
    momentum: float = 0.0,
) -> Epoch:
    """PyTorch with autograd: BP."""
    import torch

    images = torch.from_numpy(x.astype(np.float32) / 255).permute(0, 3, 1, 2).contiguous()
    classes = torch.from_numpy(labels)
    if channels_last:
        module = module.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(module.parameters(), lr=rate, momentum=momentum)

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(images), classes).backward()
        optimizer.step()

    return step


class _Layer:
    """Convolution, tanh and pooling in PyTorch without autograd, channels last."""

    def __init__(self, rng: np.random.Generator, maps: int, side: int) -> None:
        import torch

        drawn = rng.uniform(-0.1, 0.1, (MAPS, maps, 5, 5)).astype(np.float32)
        self.weight = torch.from_numpy(drawn).to(memory_format=torch.channels_last)
        self.bias, self.side = torch.zeros(MAPS), side
        self.channel = torch.from_numpy(glorot(rng, CLASSES, side * side * MAPS))

    def forward(self, source: Any) -> Any:
        import torch.nn.functional as f

        self.source = source
        self.activity = f.conv2d(source, self.weight, self.bias, padding=2).tanh_()
        self.pooled, self.winners = f.max_pool2d(self.activity, 2, return_indices=True)
        return self.pooled

    def learn(self, error: Any, factor: float) -> None:
        import torch

        signal = (error @ self.channel).view(len(error), self.side, self.side, MAPS)
        back = torch.ops.aten.max_pool2d_with_indices_backward(
            *(signal.permute(0, 3, 1, 2), self.activity, [2, 2], [2, 2], [0, 0], [1, 1]),
            *(False, self.winners),
        ).mul_(1 - self.activity.square())
        _, weight, bias = torch.ops.aten.convolution_backward(
            *(back, self.source, self.weight, [MAPS], [1, 1], [2, 2], [1, 1]),
            *(False, [0, 0], 1, [False, True, True]),
        )
        self.weight.add_(weight, alpha=factor)
        self.bias.add_(bias, alpha=factor)


def torch_by_hand(x: np.ndarray, labels: np.ndarray, rate: float) -> Epoch:
    """PyTorch without autograd, channels last: SRBP to the pools, and from there to the winners."""
    import torch

    rng = np.random.default_rng(0)
    layers = _Layer(rng, 3, 16), _Layer(rng, MAPS, SIDE)
    pairs = (FLAT, UNITS), (UNITS, CLASSES), (CLASSES, UNITS)
    hidden, top, channel = (torch.from_numpy(glorot(rng, n, m)) for n, m in pairs)
    hidden_bias, top_bias = torch.zeros(UNITS), torch.zeros(CLASSES)
    images = torch.from_numpy(x.astype(np.float32) / 255).permute(0, 3, 1, 2)
    one_hot, factor = torch.eye(CLASSES)[torch.from_numpy(labels)], rate / len(x)

    def one_step() -> None:
        pooled = layers[1].forward(layers[0].forward(images))
        flat = pooled.permute(0, 2, 3, 1).reshape(len(x), FLAT)
        units = torch.addmm(hidden_bias, flat, hidden).tanh_()
        error = one_hot - torch.addmm(top_bias, units, top).softmax(1)
        signal = (error @ channel).mul_(1 - units.square())
        for layer in layers:
            layer.learn(error, factor)
        hidden.addmm_(flat.t(), signal, alpha=factor)
        hidden_bias.add_(signal.sum(0), alpha=factor)
        top.addmm_(units.t(), error, alpha=factor)
        top_bias.add_(error.sum(0), alpha=factor)

    def step() -> None:
        with torch.no_grad():
            one_step()

    return step


def jax_jitted(x: np.ndarray, labels: np.ndarray, rate: float) -> Epoch:
    """JAX: BP, the step jitted, its state donated."""
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    kernels = [
        jnp.asarray(rng.uniform(-0.1, 0.1, (5, 5, n, MAPS)).astype(np.float32)) for n in (3, MAPS)
    ]
    dense = [jnp.asarray(glorot(rng, n, m)) for n, m in ((FLAT, UNITS), (UNITS, CLASSES))]
    biases = [jnp.zeros(n) for n in (MAPS, MAPS, UNITS, CLASSES)]
    images = jnp.asarray(x.astype(np.float32) / 255)
    one_hot = jax.nn.one_hot(jnp.asarray(labels), CLASSES)

    def loss(state: Any) -> Any:
        (first, second), (hidden, top), biases = state
        activity = images
        for kernel, bias in ((first, biases[0]), (second, biases[1])):
            layout = ("NHWC", "HWIO", "NHWC")
            total = jax.lax.conv_general_dilated(
                activity, kernel, (1, 1), "SAME", dimension_numbers=layout
            )
            activity = jax.lax.reduce_window(
                *(jnp.tanh(total + bias), -jnp.inf, jax.lax.max),
                *((1, 2, 2, 1), (1, 2, 2, 1), "VALID"),
            )
        units = jnp.tanh(activity.reshape(len(x), FLAT) @ hidden + biases[2])
        return -(jax.nn.log_softmax(units @ top + biases[3]) * one_hot).sum() / len(x)

    def change(state: Any) -> Any:
        return jax.tree.map(lambda w, g: w - rate * g, state, jax.grad(loss)(state))

    compiled, state = jax.jit(change, donate_argnums=0), [(kernels, dense, biases)]

    def step() -> None:
        state[0] = jax.block_until_ready(compiled(state[0]))

    return step
