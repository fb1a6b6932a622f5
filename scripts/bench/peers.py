"""The same learning in other frameworks, each written as its users would at their best.

A network is 784-100-30-10 or any other stack of tanh layers with a softmax output; the channel is
skipped random backpropagation unless a peer says otherwise. Every peer is a function that takes
(sizes, x, labels, batch, rate) and returns a function that trains one epoch.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import llvmlite.binding
import numpy as np

Epoch = Callable[[], None]


def available(name: str) -> bool:
    """Tell whether a framework is installed."""
    return importlib.util.find_spec(name) is not None


def glorot(rng: np.random.Generator, n: int, m: int) -> np.ndarray:
    """Draw a Glorot-uniform matrix."""
    bound = np.sqrt(6.0 / (n + m))
    return rng.uniform(-bound, bound, (n, m)).astype(np.float32)


def draw(
    sizes: Sequence[int], seed: int
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Draw forward weights, biases and skipped channel weights."""
    rng = np.random.default_rng(seed)
    pairs = list(pairwise(sizes))
    weights = [glorot(rng, n, m) for n, m in pairs]
    biases = [np.zeros(m, np.float32) for m in sizes[1:]]
    channel = [glorot(rng, sizes[-1], n) for n in sizes[1:-1]]
    return weights, biases, channel


def numpy_by_hand(
    sizes: Sequence[int], x: np.ndarray, labels: np.ndarray, batch: int, rate: float
) -> Epoch:
    """Plain NumPy: SRBP with the matrices in place."""
    weights, biases, channel = draw(sizes, 0)
    rng, depth = np.random.default_rng(1), len(sizes) - 1
    one_hot = np.eye(sizes[-1], dtype=np.float32)[labels]

    def epoch() -> None:
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch):
            chosen = order[start : start + batch]
            activity = [x[chosen].astype(np.float32) * np.float32(1 / 255)]
            for level in range(depth):
                total = activity[-1] @ weights[level] + biases[level]
                activity.append(np.tanh(total) if level < depth - 1 else total)
            out = np.exp(activity[-1] - activity[-1].max(axis=1, keepdims=True))
            error = one_hot[chosen] - out / out.sum(axis=1, keepdims=True)
            signals = [
                (error @ channel[level]) * (1 - activity[level + 1] ** 2)
                for level in range(depth - 1)
            ]
            factor = np.float32(rate / len(chosen))
            for level, signal in enumerate([*signals, error]):
                weights[level] += factor * (activity[level].T @ signal)
                biases[level] += factor * signal.sum(axis=0)

    return epoch


def torch_by_hand(
    sizes: Sequence[int], x: np.ndarray, labels: np.ndarray, batch: int, rate: float
) -> Epoch:
    """PyTorch without autograd: SRBP with addmm_ in place."""
    import torch

    weights, biases, channel = (
        [torch.from_numpy(array) for array in arrays] for arrays in draw(sizes, 0)
    )
    pixels = torch.from_numpy(x.astype(np.float32) / 255)
    one_hot = torch.eye(sizes[-1])[torch.from_numpy(labels)]
    depth = len(sizes) - 1

    def one_pass() -> None:
        order = torch.randperm(len(pixels))
        for start in range(0, len(pixels), batch):
            chosen = order[start : start + batch]
            activity = [pixels[chosen]]
            for level in range(depth):
                total = torch.addmm(biases[level], activity[-1], weights[level])
                activity.append(total.tanh_() if level < depth - 1 else total)
            error = one_hot[chosen] - torch.softmax(activity[-1], 1)
            factor = rate / len(chosen)
            for level in range(depth):
                signal = error
                if level < depth - 1:
                    signal = (error @ channel[level]).mul_(1 - activity[level + 1].square())
                weights[level].addmm_(activity[level].t(), signal, alpha=factor)
                biases[level].add_(signal.sum(0), alpha=factor)

    def epoch() -> None:
        with torch.no_grad():
            one_pass()

    return epoch


def torch_eager(
    sizes: Sequence[int], x: np.ndarray, labels: np.ndarray, batch: int, rate: float
) -> Epoch:
    """PyTorch as in its tutorials: backpropagation by autograd and torch.optim.SGD."""
    import torch

    layers: list[Any] = []
    for n, m in pairwise(sizes):
        layers += [torch.nn.Linear(n, m), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    pixels, classes = torch.from_numpy(x.astype(np.float32) / 255), torch.from_numpy(labels)

    def epoch() -> None:
        order = torch.randperm(len(pixels))
        for start in range(0, len(pixels), batch):
            chosen = order[start : start + batch]
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(pixels[chosen]), classes[chosen])
            loss.backward()
            optimizer.step()

    return epoch


def _jax_step(rate: float) -> Callable[[Any, Any, Any], Any]:
    import jax
    import jax.numpy as jnp

    def step(state: Any, pixels: Any, target: Any) -> Any:
        weights, biases, channel = state
        depth = len(weights)
        activity = [pixels.astype(jnp.float32) * (1 / 255)]
        for level in range(depth):
            total = activity[-1] @ weights[level] + biases[level]
            activity.append(jnp.tanh(total) if level < depth - 1 else total)
        error = target - jax.nn.softmax(activity[-1])
        signals = [
            (error @ channel[level]) * (1 - activity[level + 1] ** 2) for level in range(depth - 1)
        ]
        factor = rate / pixels.shape[0]
        signals.append(error)
        return (
            [w + factor * (a.T @ r) for w, a, r in zip(weights, activity, signals, strict=False)],
            [b + factor * r.sum(0) for b, r in zip(biases, signals, strict=True)],
            channel,
        )

    return step


def jax_scan(
    sizes: Sequence[int], x: np.ndarray, labels: np.ndarray, batch: int, rate: float
) -> Epoch:
    """JAX at its best: the whole epoch one jitted scan, batches gathered inside, state donated."""
    import jax
    import jax.numpy as jnp

    pixels, classes = jnp.asarray(x), jnp.asarray(labels)
    step, rng = _jax_step(rate), np.random.default_rng(1)
    n_batches = len(x) // batch

    def run(state: Any, order: Any) -> Any:
        def body(state: Any, chosen: Any) -> Any:
            target = jax.nn.one_hot(classes[chosen], sizes[-1])
            return step(state, pixels[chosen], target), None

        return jax.lax.scan(body, state, order)[0]

    compiled = jax.jit(run, donate_argnums=0)
    state = [jax.tree.map(jnp.asarray, draw(sizes, 0))]

    def epoch() -> None:
        order = rng.permutation(len(x))[: n_batches * batch].reshape(n_batches, batch)
        state[0] = jax.block_until_ready(compiled(state[0], jnp.asarray(order)))

    return epoch


def jax_many(
    sizes: Sequence[int], x: np.ndarray, labels: np.ndarray, batch: int, rate: float, n: int
) -> Epoch:
    """JAX: n networks side by side by vmap, each with a shuffle of its own."""
    import jax
    import jax.numpy as jnp

    pixels, classes = jnp.asarray(x), jnp.asarray(labels)
    step, rng = _jax_step(rate), np.random.default_rng(1)
    n_batches = len(x) // batch

    def run(states: Any, orders: Any) -> Any:
        def one(state: Any, chosen: Any) -> Any:
            return step(state, pixels[chosen], jax.nn.one_hot(classes[chosen], sizes[-1]))

        def body(states: Any, chosen: Any) -> Any:
            return jax.vmap(one)(states, chosen), None

        return jax.lax.scan(body, states, orders)[0]

    compiled = jax.jit(run, donate_argnums=0)
    drawn = [draw(sizes, seed) for seed in range(n)]
    state = [jax.tree.map(lambda *arrays: jnp.stack(arrays), *drawn)]

    def epoch() -> None:
        orders = np.stack([rng.permutation(len(x))[: n_batches * batch] for _ in range(n)], axis=1)
        shaped = orders.reshape(n_batches, batch, n).transpose(0, 2, 1)
        state[0] = jax.block_until_ready(compiled(state[0], jnp.asarray(shaped)))

    return epoch


ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""For the environment of a process, before it loads any framework."""


def short_vectors() -> dict[str, str]:
    """Return what lets Numba, BLAS and PyTorch do without AVX-512; for an environment too."""
    able = llvmlite.binding.get_host_cpu_features()
    features = (
        f"{'+' if has and 'avx512' not in name else '-'}{name}" for name, has in able.items()
    )
    return {
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": ",".join(features),
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    }


def hold_to_one_thread() -> None:
    """Hold this process to one processor, and what it loads from now on to one thread."""
    if hasattr(os, "sched_setaffinity"):  # on Linux
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ.update(ONE_THREAD)
