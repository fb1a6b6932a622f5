"""Laws of convolution, local windows and pooling on random small networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel import arbp, asrbp, bp, conv, convnet, local, pool, rbp, srbp
from tests.windows import Twin

CHANNELS = {
    "bp": bp(),
    "rbp": rbp(),
    "arbp": arbp(),
    "srbp": srbp(),
    "asrbp of maps": asrbp(shared="maps"),
    "srbp through pools": srbp(through="pool"),
}
SIDES = st.integers(1, 7)
Layer = tuple[str, dict[str, Any]]


@st.composite
def axes(draw: st.DrawFn, n: int, most_padding: int) -> tuple[int, int, int]:
    """Kernel, stride and padding that fit an image of n pixels."""
    padding = draw(st.integers(0, most_padding))
    kernel = draw(st.integers(1, min(n + 2 * padding, 4)))
    return kernel, draw(st.integers(1, 3)), padding


@st.composite
def layers(draw: st.DrawFn, image: tuple[int, int]) -> list[Layer]:
    """One to three rules, one after another; any padding, stride and overlap that fits."""
    made, (height, width) = list[Layer](), image
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("conv", "local", "max", "mean")))
        pools = kind in ("max", "mean")
        sides = [draw(axes(n, 0 if pools else 2)) for n in (height, width)]
        (ky, sy, py), (kx, sx, px) = sides
        fields: dict[str, Any] = {"kernel": (ky, kx), "stride": (sy, sx)}
        if pools:
            fields["kind"] = kind
        else:
            py = px = min(py, px)  # one number of zeros serves both sides
            py = px = max(py, -(-max(ky - height, kx - width, 0) // 2))
            fields |= {"maps": draw(st.sampled_from((1, 2, 3, 9))), "padding": py}
            if draw(st.booleans()) and (sy, sx) == (1, 1) and ky % 2 == kx % 2 == 1:
                fields["padding"] = "same"
                py, px = (ky - 1) // 2, (kx - 1) // 2
        made.append((kind, fields))
        height, width = (
            (n + 2 * p - k) // s + 1 for n, k, s, p in ((height, ky, sy, py), (width, kx, sx, px))
        )
    return made


def fitting(image: tuple[int, ...], rules: list[Layer]) -> list[Layer]:
    """The first of these rules whose windows fit, which some may not where others are left out."""
    for n in range(len(rules), 0, -1):
        try:
            built(image, rules[:n])
        except nc.NetworkError:
            continue
        return rules[:n]
    return []


def built(image: tuple[int, ...], rules: list[Layer], shared: bool = True) -> nc.Network:
    """The network of these layers, a dense population and three outputs."""
    makers = {"conv": conv, "local": local, "max": pool, "mean": pool}
    return convnet(image, *(makers[kind](**fields) for kind, fields in rules), 4, 3, shared=shared)


@st.composite
def cases(draw: st.DrawFn, apart: bool = True) -> tuple[nc.Network, np.ndarray, np.ndarray]:
    """A network and a batch, in which patches of equal pixels make equal activities.

    They do not under weights of their own, which there are only if `apart`.
    """
    image = draw(SIDES), draw(SIDES), draw(st.integers(1, 3))
    rules = [rule for rule in draw(layers(image[:2])) if apart or rule[0] != "local"]
    network = built(image, fitting(image, rules))
    rng, n = np.random.default_rng(draw(st.integers(0, 2**32))), draw(st.integers(1, 5))
    x = rng.normal(size=(n, *image)) * (rng.random((n, *image)) > 0.3)
    x[:, : image[0] // 2] = draw(st.sampled_from((0.0, 0.5)))
    return network, x.reshape(n, -1), np.eye(3)[rng.integers(0, 3, n)]


def run_of(network: nc.Network, **options: Any) -> nc.Simulation:
    run = nc.Simulation(network, **({"dtype": "float64", "rate": 0.3, "seed": 1} | options))
    for number, name in enumerate(run.biases):
        run.biases[name] = np.random.default_rng(number).normal(size=run.biases[name].shape)
    return run


def assert_alike(got: Any, wanted: dict[str, np.ndarray]) -> None:
    for name, array in wanted.items():
        np.testing.assert_allclose(got[name], array, 1e-12, 1e-12, err_msg=name)


@given(case=cases(), channel=st.sampled_from(sorted(CHANNELS)))
def test_two_steps_are_those_of_dense_matrices(case, channel):
    network, x, t = case
    run = run_of(network.with_channel(CHANNELS[channel]))
    for _ in range(2):
        twin = Twin(run)
        assert_alike(run.forward(x), twin.forward(x)[1])
        assert_alike(run.learning_signals(x, t), twin.signals(x, t)[1])
        got, wanted = run.updates(x, t), twin.updates(x, t, 0.3)
        assert_alike(got, wanted)
        assert all(not got[name].any() for name in got.keys() - wanted.keys())
        run.step(x, t)


def is_smooth(run: nc.Simulation, x: np.ndarray, e: float) -> bool:
    """No maximum is near another value of its window, unless the two are and stay equal."""
    twin = Twin(run)
    _, activity = twin.forward(x)
    for bundle in run.network.forward_bundles:
        rule = bundle.edges.pool
        if rule is None or rule.kind != "max":
            continue
        s, t, _ = twin.edges[bundle.name].T
        for k in range(run.network.size(bundle.target)):
            seen = np.sort(activity[bundle.source][:, s[t == k]], axis=1)
            gaps = seen[:, -1:] - seen[:, :-1]
            if np.any((gaps > 1e-12) & (gaps < e)):
                return False
    return True


@given(case=cases(apart=False), seed=st.integers(0, 1000))
def test_bp_is_the_slope_of_the_loss_past_overlapping_windows_and_equal_activities(case, seed):
    """Activities of a window that are equal since all that they see is stay equal.

    They are only where all their wires lie in one patch, whatever the shared weights are.
    """
    network, x, t = case
    run, rng, e = run_of(network.with_channel(bp()), rate=1.0), np.random.default_rng(seed), 1e-6
    assume(is_smooth(run, x, 1e-3))
    changes = run.updates(x, t)
    for views in (run.weights, run.biases):
        for name in views:
            kept = np.array(views[name])
            at, losses = tuple(rng.integers(0, n) for n in kept.shape), []
            for sign in (1, -1):
                moved = kept.copy()
                moved[at] += sign * e
                views[name] = moved
                losses.append(run.evaluate((x, t)).loss)
            views[name] = kept
            slope = (losses[0] - losses[1]) / (2 * e)
            np.testing.assert_allclose(changes[name][at], -slope, 1e-5, 1e-8, err_msg=name)


@given(
    image=st.tuples(SIDES, SIDES, st.integers(1, 2)),
    data=st.data(),
    channel=st.sampled_from(("bp", "rbp", "arbp")),
)
def test_changes_of_shared_weights_are_the_sums_of_those_of_local_windows(image, data, channel):
    rules = fitting(image, [r for r in data.draw(layers(image[:2])) if r[0] != "local"])
    shared, apart = (
        run_of(built(image, rules, shared=one).with_channel(CHANNELS[channel]))
        for one in (True, False)
    )
    windows = [b for b in shared.network.forward_bundles if b.edges.conv]
    for bundle in shared.network.forward_bundles:
        if not bundle.edges.pool:
            own = apart.weights[bundle.name]
            apart.weights[bundle.name] = np.broadcast_to(shared.weights[bundle.name], own.shape)
    for name, own in shared.biases.items():
        times = len(apart.biases[name]) // len(own)
        apart.biases[name] = np.tile(own, times)
    for bundle in shared.network.channel_bundles:
        if bundle.edges.weights in ("random", "adaptive"):
            own = apart.channel_weights[bundle.name]
            apart.channel_weights[bundle.name] = np.broadcast_to(
                shared.channel_weights[bundle.name], own.shape
            )
    rng = np.random.default_rng(2)
    x = rng.normal(size=(4, shared.network.size("input")))
    t = np.eye(3)[rng.integers(0, 3, 4)]
    one, other = shared.updates(x, t), apart.updates(x, t)
    names = [b.name for b in windows]
    names += [
        b.name
        for b in shared.network.channel_bundles
        if b.edges.shared == "kernel" and b.edges.weights == "adaptive"
    ]
    for name in names:
        summed = other[name].sum(axis=(0, 1))
        np.testing.assert_allclose(one[name], summed, 1e-11, 1e-13, err_msg=name)
    for bundle in windows:
        maps = len(one[bundle.target])
        summed = other[bundle.target].reshape(-1, maps).sum(axis=0)
        np.testing.assert_allclose(one[bundle.target], summed, 1e-11, 1e-13)


def test_changes_of_weights_of_maps_are_the_sums_of_those_of_all_their_wires():
    network = convnet((4, 3, 2), conv(3, 3), 3)
    maps, full = (run_of(network.with_channel(asrbp(**own))) for own in ({"shared": "maps"}, {}))
    for name in full.weights:
        full.weights[name] = maps.weights[name]
    own = maps.channel_weights["error -> conv1"]
    full.channel_weights["error -> conv1"] = np.tile(own, (1, 12))
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(5, 24)), np.eye(3)[rng.integers(0, 3, 5)]
    one, other = (run.updates(x, t)["error -> conv1"] for run in (maps, full))
    np.testing.assert_allclose(one, other.reshape(3, 12, 3).sum(axis=1), 1e-12, 1e-14)
    assert one.any()


@pytest.mark.parametrize("rule", [conv, local])
@pytest.mark.parametrize("channel", ["bp", "arbp"])
def test_windows_of_one_pixel_on_one_pixel_are_an_all_to_all_bundle(rule, channel):
    dense = run_of(nc.mlp(5, 6, 4, 3).with_channel(CHANNELS[channel]))
    windows = run_of(convnet((1, 1, 5), rule(6, 1), rule(4, 1), 3).with_channel(CHANNELS[channel]))
    names = {"input": "input", "hidden1": "conv1", "hidden2": "conv2", "output": "output"}
    names |= {"error": "error"}

    def renamed(name: str) -> str:
        return " -> ".join(names[end] for end in name.split(" -> "))

    for one, other in (
        (dense.weights, windows.weights),
        (dense.biases, windows.biases),
        (dense.channel_weights, windows.channel_weights),
    ):
        if one is dense.channel_weights and channel == "bp":
            continue
        for name in one:
            own = other[renamed(name)]
            given = one[name]
            if one is dense.channel_weights and own.ndim > 2:
                given = np.asarray(given).T  # kernels of the channel lie as the forward ones do
            other[renamed(name)] = np.reshape(given, own.shape)
    rng = np.random.default_rng(3)
    x, t = rng.normal(size=(6, 5)), np.eye(3)[rng.integers(0, 3, 6)]
    for _ in range(2):
        np.testing.assert_allclose(windows.predict(x), dense.predict(x), 1e-12, 1e-14)
        one, other = dense.updates(x, t), windows.updates(x, t)
        for name, change in one.items():
            got = np.asarray(other[renamed(name)])
            wanted = change.T if name == "hidden2 -> hidden1" else change
            np.testing.assert_allclose(got.reshape(wanted.shape), wanted, 1e-12, 1e-14)
        for run in (dense, windows):
            run.step(x, t)
