# ruff: noqa: E741
"""Where the last bit of a float decides: the places at which engine and twin may rightly differ.

Two correct programs add in another order, so their sums differ by some 1e-16 of what was added.
Quantizers, signs and kinks turn that into a whole level wherever the terms cancel, as quantized
messages over {-1, 0, +1} weights do easily. `is_steady` says that no value of a step is so close to
a jump; a comparison that fails where it is False proves nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tests import reference
from tests.reference import STARTS, Array, Arrays, Limit, Net, State
from tests.reference_numbers import largest_of_batch

ULPS = 1e-12


def is_steady(net: Net, state: State, x: Array, t: Array, rate: float) -> bool:
    """Nothing in this step jumps when its terms change by 1e-12 of their size."""
    S, _, O = reference.responses(net, state, x)
    terms = signal_terms(net, state, x, t)
    return (
        all(pass_is_steady(net, state, name, O) for name in net.forward)
        and all(neurons_are_steady(net, state, h, O) for h in net.receivers)
        and all(slope_is_steady(net, state, h, S, O) for h in net.receivers)
        and all(sign_is_steady(net, state, name) for name in net.channel)
        and all(message_is_steady(net, state, name, x, t, terms) for name in net.channel)
        and sums_are_steady(net, state, x, t, terms)
        and updates_are_steady(net, state, x, t, rate, terms)
    )


def neurons_are_steady(net: Net, state: State, h: str, O: Arrays, lane: str = "activity") -> bool:
    """Converters give the same levels on both sides."""
    own, f = net.populations[h].neuron, net.populations[h].activation
    if own.input_bits is None and own.bits is None:
        return True
    sizes = [np.abs(O[e.source]) @ np.abs(state.W[n]) for n, e in into(net, h)]
    d = ULPS * (sum(sizes) + np.abs(state.b.get(h, 0.0)) + 1.0)
    S, where = reference.total(net, state, h, O, lane), (state.chip, state.seed, state.step)
    low, high = (reference.reached(own, state.chip, h, near) for near in (S - d, S + d))
    ends = [reference.emitted(own, f, h, near, where, lane) for near in (low - d, high + d)]
    return np.allclose(*ends, rtol=1e-9, atol=1e-9)


def predictions_are_steady(net: Net, state: State, x: Array) -> bool:
    """The same for neurons where nothing is learned."""
    state = state._replace(step=state.step << 24)
    _, _, O = reference.responses(net, state, x, "score")
    return all(neurons_are_steady(net, state, h, O, "score") for h in net.receivers)


def signal_terms(net: Net, state: State, x: Array, t: Array) -> Arrays:
    """Sum of the magnitudes of all that was added up into each learning signal."""
    S, _, O = reference.responses(net, state, x)
    R, C = reference.learning_signals(net, state, x, t), weight_terms(net, state)
    terms = {"error": error_terms(net, S, O, t)}
    terms |= {net.output: terms["error"], "target": np.abs(t), "prediction": np.abs(O[net.output])}
    for h in (h for h in reference.ordered(net.channel.values(), "error") if h not in STARTS):
        f, total = net.populations[h].activation, np.zeros(R[h].shape)
        for name, arriving in sum_terms(net, state, h, R, C, terms).items():
            gated = name == h and not reference.is_ungated(net, h)
            slope = reference.slope(f, S[h]) if gated else 1.0
            total += np.abs(slope) * arriving
        terms[h] = total + np.abs(R[h])
    return terms


def sum_terms(
    net: Net, state: State, h: str, R: Arrays, C: Arrays, terms: Arrays
) -> dict[str, Array]:
    """Magnitudes of what was added up into each sum that arrives at a population."""
    found: dict[str, Array] = {}
    for name, e in net.channel.items():
        if e.target == h:
            ending = "" if e.derivative or reference.is_ungated(net, h) else " without derivative"
            told = message_terms(net, state, name, R, terms)
            sent = reference.delivered(net, state, name, told, C[name])
            found[h + ending] = found.get(h + ending, 0.0) + sent
    return found


def sums_are_steady(net: Net, state: State, x: Array, t: Array, terms: Arrays) -> bool:
    R, C = reference.learning_signals(net, state, x, t), weight_terms(net, state)
    plain = reference.channel_weights(net, state)
    for h in {e.target for e in net.channel.values()}:
        sizes = sum_terms(net, state, h, R, C, terms)
        for name, J in reference.sums(net, state, h, R, plain).items():
            draws = reference.message_draws(state, name, J, "receive")
            if not is_level(J, ULPS * sizes[name], net.populations[h].receive, *draws):
                return False
    return True


def error_terms(net: Net, S: Arrays, O: Arrays, t: Array) -> Array:
    f, O_out = net.populations[net.output].activation, O[net.output]
    terms = np.abs(t) + np.abs(O_out)
    if reference.is_matching(net):
        return terms
    if f == "softmax":
        return O_out * (terms + np.sum(O_out * terms, axis=1, keepdims=True))
    return terms * np.abs(reference.slope(f, S[net.output]))


def weight_terms(net: Net, state: State) -> Arrays:
    """Sum of the magnitudes of all paths that were added up into each channel weight."""
    C = {name: np.abs(c) for name, c in reference.channel_weights(net, state).items()}
    W = {name: np.abs(w) for name, w in state.W.items()}
    for name, e in net.channel.items():
        if e.kind == "tied_product":
            source = net.output if e.source in STARTS else e.source
            C[name] = e.mask * reference.path_product(net, W, e.target, source).T
    return C


def message_terms(net: Net, state: State, name: str, R: Arrays, terms: Arrays) -> Array:
    e, sent = net.channel[name], reference.sent(net, state, name, R)
    if e.message is None or (e.message.bits is None and e.message.keep != "sign"):
        sizes = terms[e.source] + np.abs(sent - R[e.source])
    else:
        sizes = np.abs(sent)
    return np.abs(reference.arriving(net, state, name, sizes))


def slope_is_steady(net: Net, state: State, h: str, S: Arrays, O: Arrays) -> bool:
    f = net.populations[h].activation
    if f == "softmax":
        return True
    arriving = [np.abs(O[e.source]) @ np.abs(state.W[n]) for n, e in into(net, h)]
    d = ULPS * (sum(arriving) + np.abs(state.b.get(h, 0.0)))
    return np.allclose(reference.slope(f, S[h] - d), reference.slope(f, S[h] + d), 1e-9, 1e-11)


def pass_is_steady(net: Net, state: State, name: str, O: Arrays) -> bool:
    e = net.forward[name]
    x = O[e.source]
    draws = reference.message_draws(state, name, x, "activity")
    return is_level(x, 10 * ULPS * (1 + np.abs(x)), e.message, *draws)


def into(net: Net, h: str) -> list[tuple[str, reference.Forward]]:
    return [(n, e) for n, e in net.forward.items() if e.target == h]


def sign_is_steady(net: Net, state: State, name: str) -> bool:
    e = net.channel[name]
    source = net.output if e.source in STARTS else e.source
    if "concordant" not in e.kind or f"{e.target} -> {source}" in state.W:
        return True
    P = reference.path_product(net, state.W, e.target, source)
    sizes = {n: np.abs(w) for n, w in state.W.items()}
    d = ULPS * reference.path_product(net, sizes, e.target, source)
    return bool(np.all(np.sign(P - d) == np.sign(P + d)))


def message_is_steady(net: Net, state: State, name: str, x: Array, t: Array, terms: Arrays) -> bool:
    e = net.channel[name]
    R = reference.offered(net, state, name, reference.learning_signals(net, state, x, t))
    draws = reference.message_draws(state, name, R)
    return is_level(R, ULPS * reference.offered(net, state, name, terms), e.message, *draws)


def updates_are_steady(
    net: Net, state: State, x: Array, t: Array, rate: float, terms: Arrays
) -> bool:
    raw = reference.raw_updates(net, state, x, t, rate)
    _, O = reference.forward(net, state, x)
    share, R = ULPS * rate / len(x), reference.learning_signals(net, state, x, t)
    checks = []
    F, P, sizes = net.forward, net.populations, {h: terms[h].sum(axis=0) for h in terms}
    for n, change in raw.b.items():
        total = sum(sizes[h] for h in reference.sharers(P, n) if h in sizes)
        every = np.ones(change.shape, bool)
        checks.append((reference.bias_stream(net, n), change, total, every, P[n].limit))
    carried = {
        n: np.einsum("bsd,bd->sd", np.abs(reference.passed(net, state, n, O)), terms[e.target])
        for n, e in F.items()
        if e.target in terms
    }
    for n, change in raw.W.items():
        total = sum(carried[m] for m in reference.sharers(F, n) if m in carried)
        checks.append((reference.weights_stream(net, n), change, total, F[n].mask, F[n].limit))
    heard = echo_terms(net, state, O)
    for n, change in raw.C.items():
        c, sent = net.channel[n], message_terms(net, state, n, R, terms)
        checks.append((f"channel:{n}", change, sent.T @ heard[c.target], c.mask, c.limit))
    apart = reference.example_updates(net, state, x, t, rate)
    single = {f"weights:{n}": d for n, d in apart.W.items()}
    single |= {f"bias:{n}": d for n, d in apart.b.items()}
    single |= {f"channel:{n}": d for n, d in apart.C.items()}
    for n, change, total, mask, limit in checks:
        if limit is not None and limit.per == "example":
            index = reference.edge_number(mask)
            u = reference.example_chances(state, n, index, len(x))
            # What all examples make together is more than what one of them does.
            if not is_level(single[n], share * len(x) * total * mask, limit, u):
                return False
            continue
        u = reference.chances(state, f"update:{n} round_stochastic", reference.edge_number(mask))
        if not is_level(change, share * total * mask, limit, u):
            return False
    return True


def is_level(x: Array, d: Array, limit: Limit | None, u: ArrayLike, *noise: ArrayLike) -> bool:
    """The quantizer gives x - d, x + d and the 0 between them, if it is, one and the same level.

    A magnitude has one level on both sides of 0, and another at 0. Without levels it matters only
    who is 0: it is silent, also where noise is added to what others say.
    """
    if limit is not None and limit.budget and not is_ranked(x, d, limit):
        return False
    if limit is None:
        return True
    tells_silence = limit.noise and (limit.every > 1 or limit.budget)
    if not (limit.bits or limit.keep == "sign" or limit.dead_zone or tells_silence):
        return True
    if limit.range == "batch":
        limit = at_one_scale(x, d, limit, *noise)
        if limit is None:
            return False
    around = (x - d, x + d, np.where(np.abs(x) <= d, 0.0, x))
    ends = [reference.quantize(near, limit, u, *noise) for near in around]
    if not (limit.bits or limit.keep == "sign"):
        ends = [np.asarray(end != 0) for end in ends]
    below, above, middle = ends
    return bool(np.array_equal(below, above) and np.array_equal(below, middle))


def at_one_scale(x: Array, d: Array, limit: Limit, *noise: ArrayLike) -> Limit | None:
    """The limit with the scale of this batch, None where that is on the edge of a power of 2."""
    free = limit._replace(bits=None)
    scales = [
        largest_of_batch(reference.quantize(near, free, 0.0, *noise), limit.power)
        for near in (x - d, x, x + d)
    ]
    if limit.power and len(set(scales)) > 1:
        return None
    return limit._replace(range=None, scale=scales[1])


def is_ranked(x: Array, d: Array, limit: Limit) -> bool:
    """The last magnitude within a budget is larger by more than d than all beyond it, or all are 0.

    Signs have one magnitude and are ranked by their numbers.
    """
    k = limit.budget
    if k is None or k >= x.shape[-1] or limit.keep == "sign":
        return True
    order = np.argsort(-np.abs(x), axis=-1, kind="stable")
    sizes, widths = (np.take_along_axis(part, order, axis=-1) for part in (np.abs(x), d + 0 * x))
    within, beyond = (sizes - widths)[:, :k].min(axis=-1), (sizes + widths)[:, k:].max(axis=-1)
    return bool(np.all((within > beyond) | (beyond == 0)))


def echo_terms(net: Net, state: State, O: Arrays) -> Arrays:
    """Magnitudes of activities, and the sums of those that come back to relays."""
    sizes = {h: np.abs(o) for h, o in O.items()}
    weights = {n: np.abs(C) for n, C in reference.channel_weights(net, state).items()}
    for n, e in net.channel.items():
        if e.source not in STARTS and e.source not in O and e.target in O:
            sizes[e.source] = sizes.get(e.source, 0.0) + sizes[e.target] @ weights[n].T
    return sizes
