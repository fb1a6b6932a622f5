# ruff: noqa: E741
"""The slow twin of convolution, local windows and pooling: dense matrices, plain NumPy, float64.

A bundle is a matrix W[s, t] = w[index[s, t]], and the change of a shared weight is the sum of those
of its edges. Descriptions and weights come from a run; nothing of the engine is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neurochannel.model.edges import ERROR
from tests import philox
from tests.reference_numbers import Array, activity, slope

Edge = tuple[int, int, int]


def pair(number: Any) -> tuple[int, int]:
    return (number, number) if isinstance(number, int) else tuple(number)


def image(shape: Any) -> tuple[int, int, int]:
    return (*shape, 1) if len(shape) == 2 else tuple(shape)


def margin(rule: Any) -> tuple[int, int]:
    if not hasattr(rule, "padding") or rule.padding == "valid":
        return 0, 0
    ky, kx = pair(rule.kernel)
    return ((ky - 1) // 2, (kx - 1) // 2) if rule.padding == "same" else pair(rule.padding)


def target_of(rule: Any, source: tuple[int, int, int]) -> tuple[int, int, int]:
    size = [
        (n + 2 * p - k) // s + 1
        for n, p, k, s in zip(
            source, margin(rule), pair(rule.kernel), pair(rule.stride or rule.kernel), strict=False
        )
    ]
    return size[0], size[1], getattr(rule, "maps", source[2])


def edges_of(edges: Any, source: tuple[int, int, int]) -> Iterator[Edge]:
    """(source neuron, receiver, number of the weight or of the tap) of all edges of a bundle."""
    rule = edges.conv or edges.local or edges.pool
    (h, w, c), (th, tw, tc) = source, target_of(rule, source)
    (ky, kx), (py, px) = pair(rule.kernel), margin(rule)
    sy, sx = pair(rule.stride or rule.kernel)
    for y, x, m, i, j in np.ndindex(th, tw, tc, ky, kx):
        row, column = sy * y + i - py, sx * x + j - px
        if not (0 <= row < h and 0 <= column < w):
            continue
        t = (y * tw + x) * tc + m
        for n in [m] if edges.pool else range(c):
            tap = i * kx + j if edges.pool else ((i * kx + j) * c + n) * tc + m
            window = (y * tw + x) * ky * kx * c * tc if edges.local else 0
            yield (row * w + column) * c + n, t, window + tap


class Twin:
    """A run's network with the weights that it has now."""

    def __init__(self, run: Any) -> None:
        self.network, self.run = run.network, run
        self.shape = {run.network.input: image(run.network.populations["input"].shape)}
        self.edges: dict[str, Array] = {}
        for bundle in run.network.forward_bundles:
            if bundle.edges.rule:
                source = self.shape[bundle.source]
                self.shape[bundle.target] = target_of(bundle.edges.rule, source)
                listed = list(edges_of(bundle.edges, source))
                self.edges[bundle.name] = np.array(listed, int).reshape(-1, 3)

    def dense(self, name: str, weights: Array, shape: tuple[int, int]) -> Array:
        """W[s, t] = w[index[s, t]]."""
        matrix = np.zeros(shape)
        s, t, p = self.edges[name].T
        matrix[s, t] = weights.ravel()[p]
        return matrix

    def matrix(self, bundle: Any) -> Array:
        """The matrix of a bundle that is one: all but max pools."""
        if bundle.edges.pool:
            n = int(np.prod(pair(bundle.edges.pool.kernel)))
            return self.dense(bundle.name, np.full(n, 1.0 / n), self.sizes(bundle))
        weights = self.run.weights[bundle.name]
        if bundle.edges.rule is None:
            return np.asarray(weights)
        return self.dense(bundle.name, weights, self.sizes(bundle))

    def shared(self, name: str, change: Array, shape: tuple[int, ...]) -> Array:
        """dw[p] = sum of dW[s, t] over the edges with index p."""
        s, t, p = self.edges[name].T
        out = np.zeros(int(np.prod(shape)))
        np.add.at(out, p, change[s, t])
        return out.reshape(shape)

    def sizes(self, bundle: Any) -> tuple[int, int]:
        return self.network.size(bundle.source), self.network.size(bundle.target)

    def by_map(self, name: str) -> Array:
        """The map of each neuron."""
        return np.arange(self.network.size(name)) % self.shape[name][2]

    def forward(self, x: Array) -> tuple[dict, dict]:
        network = self.network
        S, O, self.winner = {network.input: x}, {network.input: x}, {}
        for h in network.forward_order[1:]:
            total = np.zeros((len(x), network.size(h)))
            for b in (b for b in network.forward_bundles if b.target == h):
                if b.edges.pool:
                    total = self.pooled(b, O[b.source])
                elif b.edges.rule:
                    total += O[b.source] @ self.dense(
                        b.name, self.run.weights[b.name], self.sizes(b)
                    )
                else:
                    total += O[b.source] @ self.run.weights[b.name]
            bias = self.run.biases[h] if h in self.run.biases else np.zeros(1)
            alike = len(bias) in (1, total.shape[1])
            S[h] = total + (bias if alike else bias[self.by_map(h)])
            O[h] = activity(network.populations[h].activation, S[h])
        return S, O

    def pooled(self, bundle: Any, source: Array) -> Array:
        """The largest, or the mean, of each window; remembers which it was."""
        s, t, p = self.edges[bundle.name].T
        n = self.network.size(bundle.target)
        out, self.winner[bundle.target] = (
            np.zeros((len(source), n)),
            np.zeros((len(source), n), int),
        )
        for k in range(n):
            window = s[t == k][np.argsort(p[t == k])]
            if bundle.edges.pool.kind == "mean":
                out[:, k] = source[:, window].mean(axis=1)
            else:
                out[:, k] = source[:, window].max(axis=1)
                self.winner[bundle.target][:, k] = window[source[:, window].argmax(axis=1)]
        return out

    def against(self, edge: Any) -> Any:
        sender = self.network.output if edge.source == ERROR else edge.source
        name = f"{edge.target} -> {sender}"
        return next((b for b in self.network.forward_bundles if b.name == name), None)

    def arriving(self, edge: Any, R: Array) -> Array:
        """The sum that a channel bundle delivers."""
        forward, out = self.against(edge), np.zeros((len(R), self.network.size(edge.target)))
        tied = edge.edges.weights == "tied"
        if tied and forward.edges.pool:
            s, t, _ = self.edges[forward.name].T
            if forward.edges.pool.kind == "mean":
                np.add.at(out.T, s, R.T[t] / np.bincount(t)[0])
            else:
                for b in range(len(R)):
                    np.add.at(out[b], self.winner[edge.source][b], R[b])
            return out
        C = (
            self.kernel(edge)
            if edge.edges.shared == "kernel"
            else self.run.channel_weights[edge.name]
        )
        if (tied and forward.edges.rule) or edge.edges.shared == "kernel":
            return R @ self.dense(forward.name, C, self.sizes(forward)).T
        if edge.edges.shared == "maps":
            return R @ C[:, self.by_map(edge.target)]
        return R @ C

    def kernel(self, edge: Any) -> Array:
        """C of a bundle with a kernel of its own: kept, drawn for this step, or |M| sign(W)."""
        kind, init, run = edge.edges.weights, edge.edges.init, self.run
        if kind in ("random", "adaptive", "congruent"):
            return np.asarray(run.channel_weights[edge.name])
        assert init.distribution == "uniform"
        W = np.asarray(run.weights[self.against(edge).name])
        again = kind.endswith("redrawn")
        stream, step = ("redraw", run.updates_done) if again else ("channel", 0)
        u = philox.uniform(run.seed, f"{stream}:{edge.name}", step, np.arange(W.size))
        M = init.scale * (2 * u - 1).reshape(W.shape)
        return M if kind == "redrawn" else np.abs(M) * np.sign(W)

    def signals(self, x: Array, t: Array) -> tuple[dict, dict]:
        S, O = self.forward(x)
        R = {ERROR: t - O[self.network.output]}
        R[self.network.output] = R[ERROR]
        for h in self.network.channel_order:
            into = [b for b in self.network.channel_bundles if b.target == h]
            total = sum(self.arriving(b, R[b.source]) for b in into)
            R[h] = total * slope(self.network.populations[h].activation, S[h])
        return O, R

    def updates(self, x: Array, t: Array, rate: float) -> dict[str, Array]:
        """The changes of weights, biases and adaptive channel weights, by name."""
        O, R = self.signals(x, t)
        made, n = {}, len(x)
        for b in self.network.forward_bundles:
            if b.edges.pool or b.target not in R:
                continue
            change = rate * O[b.source].T @ R[b.target] / n
            shape = self.run.weights[b.name].shape
            made[b.name] = self.shared(b.name, change, shape) if b.edges.rule else change
        for h in self.run.biases:
            if h in R:
                change, maps = rate * R[h].mean(axis=0), len(self.run.biases[h])
                made[h] = change.reshape(-1, maps).sum(axis=0)
        for e in (e for e in self.network.channel_bundles if e.edges.weights == "adaptive"):
            change = rate * R[e.source].T @ O[e.target] / n
            if e.edges.shared == "kernel":
                forward = self.against(e)
                change = self.shared(forward.name, change.T, self.run.channel_weights[e.name].shape)
            elif e.edges.shared == "maps":
                maps = self.shape[e.target][2]
                change = change.reshape(len(change), -1, maps).sum(axis=1)
            made[e.name] = change
        return made
