# ruff: noqa: E741
"""The slow twin: a network and its learning channel in plain NumPy, straight from the equations.

Nothing of the package is imported. All is float64 and dense; a sparse bundle has a mask.

    S^h = sum O^src W + b^h            O^h = f(S^h)                      forward
    E   = T - O, times f'(S) where activation and loss do not match      error
    R^h = f'(S^h) * Q(sum Q(message) C) + Q(sum Q(message) C)            with and without derivative
    r   = rate * rate_factor                                             of each bundle and bias
    dW  = r * (O^src)^T R^h / B        db = r * mean_B R^h               forward weights and biases
    dC  = r * Q(message)^T O^h / B                                       adaptive channel weights
    v  <- momentum v + Q(dW), W <- (1 - r decay) W + v                   and b and C likewise
    dW of what is shared: the sum of the changes that each bundle or population would make alone
    O^r = sum O^h D^T over the channel bundles D from a relay r to forward populations h

The message of an edge from `error` is E, from `target` T, from `prediction` O of the output, of any
other edge R^src. The output has R = E or, if edges lead there, Q(sum Q(message) C).
Matrices are (source, receiver), activities (example, neuron).

After Baldi, Sadowski & Lu (2018), arXiv:1612.02734.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests import bulk
from tests.philox import below
from tests.reference_devices import Synapses
from tests.reference_neurons import IDEAL, Neuron, alive, emitted, reached, ticks
from tests.reference_numbers import (
    Array,
    Init,
    Limit,
    activity,
    draw,
    edge_number,
    faults,
    quantize,
    slope,
)

STARTS = ("error", "target", "prediction")

Arrays = dict[str, Array]


class Step(NamedTuple):
    """How far weights go in a step, in addition to the limits of changes."""

    momentum: float = 0.0
    decay: float = 0.0
    rate_factor: float = 1.0


class Population(NamedTuple):
    """A population; `learns`, `start`, `limit`, `step` are of its bias; a role marks an end.

    `receive` limits what arrives there.
    """

    size: int
    activation: str = "linear"
    bias: bool = True
    learns: bool = True
    start: float | Array = 0.0
    limit: Limit | None = None
    role: str | None = None
    step: Step = Step()
    receive: Limit | None = None
    neuron: Neuron = IDEAL
    share: str | None = None


class Forward(NamedTuple):
    """A bundle of forward edges; `mask` says which pairs of neurons are connected."""

    source: str
    target: str
    mask: NDArray[np.bool_]
    init: Init = Init()
    learns: bool = True
    limit: Limit | None = None
    step: Step = Step()
    message: Limit | None = None
    share: str | None = None


class Channel(NamedTuple):
    """A bundle of channel edges; the source is one of `STARTS` or a population.

    One that `chooses` edges of a forward bundle numbers them itself; other tied ones use its wires.
    """

    source: str
    target: str
    mask: NDArray[np.bool_]
    kind: str = "random"
    init: Init = Init()
    derivative: bool = True
    message: Limit | None = None
    limit: Limit | None = None
    step: Step = Step()
    sets: int | None = None
    chooses: bool = False


class Net(NamedTuple):
    """A network: populations and bundles by name."""

    loss: str
    populations: dict[str, Population]
    forward: dict[str, Forward]
    channel: dict[str, Channel]

    @property
    def input(self) -> str:
        return self.marked("input") or only(self.senders - self.receivers)

    @property
    def output(self) -> str:
        return self.marked("output") or only(self.receivers - self.senders)

    def marked(self, role: str) -> str | None:
        return next((h for h, p in self.populations.items() if p.role == role), None)

    @property
    def senders(self) -> set[str]:
        return {e.source for e in self.forward.values()}

    @property
    def receivers(self) -> set[str]:
        return {e.target for e in self.forward.values()}


class State(NamedTuple):
    """All that changes. `C` holds random and adaptive weights, and concordant magnitudes.

    `V` holds what each change left in motion, by its stream ("weights:a -> b"); nothing at first.
    `late` holds the messages that are on their way over each channel bundle, the earliest first: an
    array of one for each example, or one array for each update. `examples` counts those before.
    """

    W: Arrays
    b: Arrays
    C: Arrays
    seed: int = 0
    step: int = 0
    V: Mapping[str, Array] = MappingProxyType({})
    late: Mapping[str, tuple[Array, ...]] = MappingProxyType({})
    examples: int = 0
    chip: int = 0
    devices: Synapses = Synapses()


class Change(NamedTuple):
    """Changes by name of forward bundle, of population and of channel bundle."""

    W: Arrays
    b: Arrays
    C: Arrays


def only(names: set[str]) -> str:
    (name,) = names
    return name


def sharers(parts: Mapping[str, Forward] | Mapping[str, Population], name: str) -> list[str]:
    """The bundles that hold one array of weights, or populations one of biases; the first draws."""
    own = parts[name].share
    return [name] if own is None else [n for n, part in parts.items() if part.share == own]


def together(parts: Mapping[str, Forward] | Mapping[str, Population], alone: Arrays) -> Arrays:
    """The changes of arrays: each the sum of those that all who share it would make alone."""
    several = {name: [alone[n] for n in sharers(parts, name) if n in alone] for name in parts}
    return {name: sum(found) for name, found in several.items() if found}


def ordered(bundles: Iterable[Forward | Channel], start: str) -> list[str]:
    """Populations but the start, each after all that deliver to it."""
    waiting = {e.target for e in bundles}
    done = [start, *sorted({e.source for e in bundles} - waiting - {start})]
    while waiting:
        ready = {h for h in waiting if all(e.source in done for e in bundles if e.target == h)}
        done += sorted(ready)
        waiting -= ready
    return done[1:]


# --- how weights are born ---------------------------------------------------------------------


def initial(net: Net, seed: int = 0) -> State:
    """All weights and biases before the first step."""
    F = net.forward
    W = {n: draw(e.init, e.mask, seed, f"weights:{sharers(F, n)[0]}", 0) for n, e in F.items()}
    b = {
        h: np.full(p.size, p.start)
        for h, p in net.populations.items()
        if p.bias and h in net.receivers | net.senders - {net.input}
    }
    C = {
        n: draw(e.init, e.mask, seed, f"channel:{n}", 0)
        for n, e in net.channel.items()
        if e.kind in ("random", "adaptive", "concordant", "congruent")
    }
    C |= {n: np.abs(C[n]) for n, e in net.channel.items() if e.kind == "concordant"}
    for name, e in net.channel.items():
        if e.kind == "congruent":
            C[name] = np.abs(C[name]) * np.sign(against(net, W, e).T)
    return State(W, b, C, seed, 0)


# --- limits ----------------------------------------------------------------------------------


def chances(state: State, stream: str, index: NDArray[np.int64]) -> Array:
    """Uniform numbers in [0, 1) that decide about rounding, each a function of its index alone."""
    words = bulk.word(bulk.key(state.seed, stream, state.step), index.ravel())
    return bulk.unit24(words).astype(float).reshape(index.shape)


def normals(state: State, stream: str, index: NDArray[np.int64]) -> Array:
    """Nearly normal numbers, each a function of its index alone."""
    key = bulk.key(state.seed, stream, state.step)
    return bulk.normal(key, index.ravel()).astype(float).reshape(index.shape)


def message(net: Net, state: State, name: str, R: Arrays) -> Array:
    """What the receivers of a channel bundle hear: Q(E) or Q(R^src), or an earlier one."""
    return arriving(net, state, name, sent(net, state, name, R))


def sent(net: Net, state: State, name: str, R: Arrays) -> Array:
    """What the sources of a channel bundle send with this batch."""
    e, x = net.channel[name], offered(net, state, name, R)
    left = quantize(x, e.message, *message_draws(state, name, x))
    left = thinned(state, f"message:{name}", left, e.message)
    return unbroken(state, f"channel:{name}", left, e.message)


def offered(net: Net, state: State, name: str, R: Arrays) -> Array:
    """What is to be sent over a channel bundle: nothing where it is not the turn of an example."""
    e = net.channel[name]
    number = state.examples + np.arange(len(R[e.source]))[:, None]
    every = 1 if e.message is None else e.message.every
    return np.where(number % every == 0, R[e.source], 0.0)


def arriving(net: Net, state: State, name: str, sent: Array) -> Array:
    """What arrives while this is sent."""
    limit = net.channel[name].message
    if limit is None or not limit.delay:
        return sent
    if limit.unit == "example":
        (waiting,) = state.late.get(name, (np.zeros((limit.delay, sent.shape[1])),))
        return np.concatenate([waiting, sent])[: len(sent)]
    first = state.late[name][0] if name in state.late else sent[:0]
    return np.concatenate([first, np.zeros_like(sent)])[: len(sent)]


def on_their_way(net: Net, state: State, R: Arrays) -> dict[str, tuple[Array, ...]]:
    """The messages that are late, after those of this batch have been sent."""
    late = {}
    for name, e in net.channel.items():
        if e.message is None or not e.message.delay:
            continue
        now, d = sent(net, state, name, R), e.message.delay
        if e.message.unit == "example":
            (waiting,) = state.late.get(name, (np.zeros((d, now.shape[1])),))
            late[name] = (np.concatenate([waiting, now])[-d:],)
        else:
            late[name] = (*state.late.get(name, (now[:0],) * d), now)[1:]
    return late


def message_draws(state: State, name: str, x: Array, kind: str = "message") -> tuple[Array, ...]:
    """What chance says of each number of a message: for rounding, noise and relative noise."""
    index = np.arange(x.size).reshape(x.shape)
    u = chances(state, f"{kind}:{name} round_stochastic", index)
    noise = (normals(state, f"{kind}:{name} {word}_noise", index) for word in ("add", "scale"))
    return u, *noise


def is_ungated(net: Net, h: str) -> bool:
    """No derivative has an effect at the output, whose error has it, and at relays."""
    return h == net.output or h not in net.senders | net.receivers


def unbroken(state: State, key: str, x: Array, limit: Limit | None) -> Array:
    """What sources say of which all wires are alike."""
    if limit is None or limit.wires or not (limit.dead or limit.stuck):
        return x
    said = faults(limit, x.shape[1], state.seed, key)
    return np.where(np.isnan(said), x, said)


def thinned(state: State, stream: str, x: Array, limit: Limit | None) -> Array:
    """What of these numbers arrives: each is lost with the same probability."""
    if limit is None or not limit.loss or limit.wires:
        return x
    u = chances(state, f"{stream} lose", np.arange(x.size).reshape(x.shape))
    return np.where(u < limit.loss, 0.0, x / (1 - limit.loss) if limit.rescale else x)


def over_wires(net: Net, state: State, name: str, sent: Array) -> Array:
    """What of messages arrives at the end of each wire, (example, source, receiver)."""
    e = net.channel[name]
    source = net.output if e.source in STARTS else e.source
    mirrored = net.forward.get(f"{e.target} -> {source}")
    number = edge_number(e.mask)
    if e.kind == "tied" and not e.chooses and mirrored is not None:
        number = edge_number(mirrored.mask).T
    lanes = f"message:{name}", f"channel:{name}"
    return lost_at_wires(state, lanes, sent, e.message, e.mask, number)


def lost_at_wires(
    state: State,
    lanes: tuple[str, str],
    sent: Array,
    limit: Limit | None,
    mask: NDArray[np.bool_],
    number: NDArray[np.int64],
) -> Array:
    """What arrives over the wires of a mask that have these numbers: of draws, and of the chip."""
    each = np.where(mask, sent[:, :, None], 0.0)
    if limit is None or not limit.wires:
        return each
    u = wire_chances(state, f"{lanes[0]} lose", number, len(sent))
    each = np.where(u < limit.loss, 0.0, each / (1 - limit.loss) if limit.rescale else each)
    said = faults(limit, int(number.max(initial=-1)) + 1, state.seed, lanes[1])[number]
    return np.where(mask, np.where(np.isnan(said), each, said), 0.0)


def wire_chances(state: State, stream: str, index: NDArray[np.int64], n: int) -> Array:
    """For each of n examples uniform numbers of wires, under a key of its own."""
    key = bulk.key(state.seed, stream, state.step)
    words = [bulk.word(bulk.block_key(key, b), index.ravel()) for b in range(n)]
    return np.array([bulk.unit24(w).reshape(index.shape) for w in words]).astype(float)


def delivered(net: Net, state: State, name: str, sent: Array, C: Array) -> Array:
    """The sum of what arrives over all wires into each receiver."""
    return np.einsum("bsd,sd->bd", over_wires(net, state, name, sent), C)


def sums(net: Net, state: State, h: str, R: Arrays, C: Arrays) -> Arrays:
    """What arrives at a population, by the name of the sum: of edges with and without derivative.

    All edges into a relay make one sum.
    """
    found: Arrays = {}
    for name, e in net.channel.items():
        if e.target == h:
            ending = "" if e.derivative or is_ungated(net, h) else " without derivative"
            found[h + ending] = found.get(h + ending, 0.0) + delivered(
                net, state, name, message(net, state, name, R), C[name]
            )
    return found


def received(net: Net, state: State, h: str, name: str, J: Array) -> Array:
    """What the limits of a population leave of a sum that arrives there."""
    limit = net.populations[h].receive
    left = quantize(J, limit, *message_draws(state, name, J, "receive"))
    return thinned(state, f"receive:{h}", left, limit)


# --- forward, error, loss --------------------------------------------------------------------


def passed(net: Net, state: State, name: str, O: Arrays, lane: str = "activity") -> Array:
    """What of the activity arrives at the end of each wire, (example, source, receiver)."""
    e, left = net.forward[name], sent_on(net, state, name, O, lane)
    lanes = f"{lane}:{name}", f"weights:{name}"
    return lost_at_wires(state, lanes, left, e.message, e.mask, edge_number(e.mask))


def sent_on(net: Net, state: State, name: str, O: Arrays, lane: str = "activity") -> Array:
    """What of the activity comes to the wires, (example, source)."""
    e = net.forward[name]
    x = O[e.source]
    left = quantize(x, e.message, *message_draws(state, name, x, lane))
    left = thinned(state, f"{lane}:{name}", left, e.message)
    return unbroken(state, f"weights:{name}", left, e.message)


def predicted(net: Net, state: State, x: Array) -> tuple[Arrays, Arrays]:
    """S and O where nothing is learned: up to 256 examples draw numbers of their own."""
    return forward(net, state._replace(step=state.step << 24), x, "score")


def forward(net: Net, state: State, x: Array, lane: str = "activity") -> tuple[Arrays, Arrays]:
    """Total inputs S and activities O by population."""
    _, S, O = responses(net, state, x, lane)
    return S, O


def responses(
    net: Net, state: State, x: Array, lane: str = "activity"
) -> tuple[Arrays, Arrays, Arrays]:
    """Where f' is taken, total inputs as they reach f, and activities, by population."""
    measured, S, O = {net.input: x}, {net.input: x}, {net.input: x}
    for h in ordered(net.forward.values(), net.input):
        own, f = net.populations[h].neuron, net.populations[h].activation
        ideal = total(net, state, h, O, lane)
        S[h] = reached(own, state.chip, h, ideal)
        measured[h] = ideal if own.derivative == "ideal" else S[h]
        O[h] = emitted(own, f, h, S[h], (state.chip, state.seed, state.step), lane)
    return measured, S, O


def total(net: Net, state: State, h: str, O: Arrays, lane: str) -> Array:
    """What arrives at the neurons of a population, with their bias."""

    def seen(n: str, e: Forward) -> Array:
        return as_read(state, weights_stream(net, n), state.W[n], e.mask, lane)

    arriving = [
        np.einsum("bsd,sd->bd", passed(net, state, n, O, lane), seen(n, e))
        for n, e in net.forward.items()
        if e.target == h
    ]
    n_examples, b = len(O[net.input]), state.b.get(h, np.zeros(1))
    b = as_read(state, bias_stream(net, h), b, np.ones(b.shape, bool), lane)
    return sum(arriving, np.zeros((n_examples, net.populations[h].size))) + b


def as_read(
    state: State, reader: str, w: Array, mask: NDArray[np.bool_], lane: str = "activity"
) -> Array:
    """Weights where there is an edge, as a reader sees them."""
    read = np.zeros(w.shape)
    prefix = "prediction " if lane == "score" else ""
    read[mask] = state.devices.seen(reader, w[mask], state.seed, state.step, prefix)
    return read


def learns(net: Net, state: State, h: str, n: int) -> NDArray[np.bool_]:
    """For which of n examples a population learns, (n, 1)."""
    return ticks(net.populations[h].neuron, h, n, state.seed, state.step)


def taught(net: Net, state: State, h: str, R: Array) -> Array:
    """What is left of a signal: nothing for dead neurons, and nothing without a tick."""
    own = net.populations[h].neuron
    return R * alive(own, state.chip, h, R.shape[1]) * learns(net, state, h, len(R))


def is_matching(net: Net) -> bool:
    """The local error of this activation and loss is T - O, without a derivative."""
    own = {"cross_entropy": "softmax", "binary_cross_entropy": "logistic"}
    return net.populations[net.output].activation == own.get(net.loss, "linear")


def error(net: Net, S: Arrays, O: Arrays, t: Array) -> Array:
    """The local error of the output, minus the derivative of the loss by S."""
    f, S_out, E = net.populations[net.output].activation, S[net.output], t - O[net.output]
    if is_matching(net):
        return E
    if f == "softmax":
        p = activity(f, S_out)
        return p * (E - np.sum(p * E, axis=1, keepdims=True))
    return E * slope(f, S_out)


def loss(net: Net, state: State, x: Array, t: Array) -> float:
    """The loss, mean over the examples."""
    S, O = (part[net.output] for part in predicted(net, state, x))
    if net.loss == "squared_error":
        return float(np.sum((t - O) ** 2 / 2) / len(x))
    O = activity(net.populations[net.output].activation, S)
    if net.loss == "cross_entropy":
        each = -t * np.log(O)
    else:
        each = -t * np.log(O) - (1 - t) * np.log(1 - O)
    return float(np.sum(each) / len(x))


# --- the learning channel --------------------------------------------------------------------


def path_product(net: Net, W: Arrays, start: str, end: str) -> Array:
    """Product of the forward matrices, summed over all paths from start to end."""
    n_start = net.populations[start].size
    P = {h: np.zeros((n_start, p.size)) for h, p in net.populations.items()}
    P[start] = np.eye(n_start)
    for h in ordered(net.forward.values(), net.input):
        for n, e in net.forward.items():
            if e.target == h and h != start:
                P[h] += P[e.source] @ W[n]
    return P[end]


def against(net: Net, W: Arrays, e: Channel) -> Array:
    """The forward matrix that runs against a channel bundle, or the product over all paths."""
    source = net.output if e.source in STARTS else e.source
    direct = W.get(f"{e.target} -> {source}")
    return path_product(net, W, e.target, source) if direct is None else direct


def redrawn(name: str, e: Channel, state: State) -> Array:
    """Weights that are drawn for this step, or the set that has its turn."""
    turn = state.step if e.sets is None else below(e.sets, state.seed, "set", state.step)
    return draw(e.init, e.mask, state.seed, f"redraw:{name}", turn)


def channel_weights(net: Net, state: State) -> Arrays:
    """The matrix C of every channel bundle at this step."""
    C = {}
    for name, e in net.channel.items():
        source = net.output if e.source in STARTS else e.source
        mirrored = f"{e.target} -> {source}"
        key = f"channel:{name}"
        if e.kind in ("random", "adaptive", "congruent"):
            C[name] = as_read(state, key, state.C[name], e.mask)
        elif e.kind == "redrawn":
            C[name] = as_read(state, key, redrawn(name, e, state), e.mask)
        elif e.kind == "tied" and e.target == net.output:
            C[name] = np.eye(*e.mask.shape)
        elif e.kind == "tied":
            C[name] = as_read(state, key, state.W[mirrored], net.forward[mirrored].mask).T
        elif e.kind == "tied_product":
            C[name] = path_product(net, state.W, e.target, source).T
        else:
            W = against(net, state.W, e)
            M = state.C[name] if e.kind == "concordant" else redrawn(name, e, state)
            C[name] = np.abs(M) * np.sign(W.T)
        C[name] = np.where(e.mask, C[name], 0.0)
    return C


def learning_signals(net: Net, state: State, x: Array, t: Array) -> Arrays:
    """R by population that the channel reaches, relays included, and by what it starts from."""
    S, _, O = responses(net, state, x)
    C = channel_weights(net, state)
    E = error(net, S, O, t)
    used = {e.source for e in net.channel.values()} | {"error"}
    starts = {"error": E, "target": t, "prediction": O[net.output]}
    R = {
        net.output: taught(net, state, net.output, E),
        **{name: starts[name] for name in STARTS if name in used},
    }
    for h in ordered(net.channel.values(), "error"):
        if h in STARTS:
            continue
        f = net.populations[h].activation
        J = {n: received(net, state, h, n, j) for n, j in sums(net, state, h, R, C).items()}
        gated, plain = J.get(h, 0.0), J.get(f"{h} without derivative", 0.0)
        if h == net.output:
            R[h] = taught(net, state, h, gated)
        elif h in S:
            R[h] = taught(net, state, h, slope(f, S[h]) * gated + plain)
        else:
            R[h] = activity(f, gated)
    return R


def echoes(net: Net, state: State, O: Arrays) -> Arrays:
    """What adaptive edges learn from: activity of forward populations, and what relays get back."""
    D = channel_weights(net, state)
    heard = {h: o * learns(net, state, h, len(o)) for h, o in O.items()}
    for name, e in net.channel.items():
        if e.source not in STARTS and e.source not in O and e.target in O:
            heard[e.source] = heard.get(e.source, 0.0) + O[e.target] @ D[name].T
    return heard


def is_taught(bundle: Forward, R: Arrays) -> bool:
    """Its weights learn, and a signal arrives."""
    return bundle.learns and bundle.target in R


def is_taught_bias(net: Net, h: str, R: Arrays) -> bool:
    """Its biases learn, and a signal arrives.

    They do not learn where all weights into all populations that have them are frozen. Populations
    that share biases all teach them, whatever their own weights do.
    """

    def free(other: str) -> bool:
        into = [e.learns for e in net.forward.values() if e.target == other]
        return not into or any(into)

    learns = net.populations[h].learns and any(free(n) for n in sharers(net.populations, h))
    return learns and h in R


def raw_updates(net: Net, state: State, x: Array, t: Array, rate: float) -> Change:
    """Changes before the limits of the synapses."""
    O, R, B = forward(net, state, x)[1], learning_signals(net, state, x, t), len(x)
    heard = echoes(net, state, O)
    W = {
        n: rate
        * e.step.rate_factor
        * np.einsum("bsd,bd->sd", passed(net, state, n, O), R[e.target])
        / B
        for n, e in net.forward.items()
        if is_taught(e, R)
    }
    b = {
        h: rate * net.populations[h].step.rate_factor * R[h].mean(axis=0)
        for h in state.b
        if is_taught_bias(net, h, R)
    }
    C = {
        n: rate
        * e.step.rate_factor
        * np.einsum(
            "bsd,bd->sd", over_wires(net, state, n, message(net, state, n, R)), heard[e.target]
        )
        / B
        for n, e in net.channel.items()
        if e.kind == "adaptive"
    }
    return Change(together(net.forward, W), together(net.populations, b), C)


def example_updates(net: Net, state: State, x: Array, t: Array, rate: float) -> Change:
    """The changes that each example asks for, (example, ...), before their mean is taken."""
    O, R = forward(net, state, x)[1], learning_signals(net, state, x, t)
    heard, raw = echoes(net, state, O), raw_updates(net, state, x, t, rate)
    F, K = net.forward, net.channel

    def whole(e: Forward, each: Array) -> Array:
        """What a source sends, which all its wires carry."""
        return each[:, np.arange(len(e.mask)), e.mask.argmax(axis=1)]

    def products(e: Forward | Channel, source: Array, signal: Array) -> Array:
        own = rate * e.step.rate_factor
        return e.mask * (own * source[:, :, None] * signal[:, None, :])

    W = {
        n: products(e, whole(e, passed(net, state, n, O)), R[e.target])
        for n, e in F.items()
        if is_taught(e, R)
    }
    b = {
        h: rate * net.populations[h].step.rate_factor * R[h]
        for h in raw.b
        if is_taught_bias(net, h, R)
    }
    C = {n: products(K[n], message(net, state, n, R), heard[K[n].target]) for n in raw.C}
    return Change(together(F, W), together(net.populations, b), C)


def example_chances(state: State, name: str, index: NDArray[np.int64], n: int) -> Array:
    """For each of n examples uniform numbers as `chances`, under a key of its own."""
    return wire_chances(state, f"update:{name} round_stochastic", index, n)


def weights_stream(net: Net, name: str) -> str:
    """What draws and velocities of weights are named after."""
    return f"weights:{sharers(net.forward, name)[0]}"


def bias_stream(net: Net, h: str) -> str:
    """What draws and velocities of biases are named after."""
    return f"bias:{sharers(net.populations, h)[0]}"


def limited(net: Net, state: State, raw: Change, apart: Change) -> Change:
    """What the limits of the synapses leave of changes: of their mean, or of those of examples."""
    of_examples = {
        **{f"weights:{n}": d for n, d in apart.W.items()},
        **{f"bias:{n}": d for n, d in apart.b.items()},
        **{f"channel:{n}": d for n, d in apart.C.items()},
    }

    def each(name: str, change: Array, mask: NDArray[np.bool_], limit: Limit | None) -> Array:
        if limit is not None and limit.per == "example":
            d = of_examples[name]
            chance = example_chances(state, name, edge_number(mask), len(d))
            return np.where(mask, quantize(d, limit, chance).mean(axis=0), 0.0)
        u = chances(state, f"update:{name} round_stochastic", edge_number(mask))
        return np.where(mask, quantize(change, limit, u), 0.0)

    F, P, K = net.forward, net.populations, net.channel
    return Change(
        {n: each(weights_stream(net, n), d, F[n].mask, F[n].limit) for n, d in raw.W.items()},
        {
            h: each(bias_stream(net, h), d, np.ones(d.shape, bool), P[h].limit)
            for h, d in raw.b.items()
        },
        {n: each(f"channel:{n}", d, K[n].mask, K[n].limit) for n, d in raw.C.items()},
    )


def velocities(net: Net, state: State, x: Array, t: Array, rate: float) -> Change:
    """What one step adds: limited changes, and what is left of the last step."""
    raw, apart = (f(net, state, x, t, rate) for f in (raw_updates, example_updates))
    now = limited(net, state, raw, apart)

    def carried(name: str, change: Array, step: Step) -> Array:
        return step.momentum * state.V.get(name, 0.0) + change

    return only_ticking(
        net,
        state,
        len(x),
        Change(
            {n: carried(weights_stream(net, n), d, net.forward[n].step) for n, d in now.W.items()},
            {h: carried(bias_stream(net, h), d, net.populations[h].step) for h, d in now.b.items()},
            {n: carried(f"channel:{n}", d, net.channel[n].step) for n, d in now.C.items()},
        ),
    )


def only_ticking(net: Net, state: State, n: int, change: Change) -> Change:
    """Changes of what leads to populations whose clock ticks in a batch; 0 for all others."""
    F, K = net.forward, net.channel

    def own(h: str, d: Array) -> Array:
        return d * bool(learns(net, state, h, n).any())

    return Change(
        {name: own(F[name].target, d) for name, d in change.W.items()},
        {h: own(h, d) for h, d in change.b.items()},
        {name: own(K[name].target, d) for name, d in change.C.items()},
    )


def decayed(net: Net, state: State, v: Change, rate: float, n: int) -> Change:
    """Changes of one step of n examples: what it adds, and what decays of all that learns."""

    def lost(step: Step, value: Array) -> Array:
        return rate * step.rate_factor * step.decay * value

    every = Change(
        {name: d - lost(net.forward[name].step, state.W[name]) for name, d in v.W.items()},
        {h: d - lost(net.populations[h].step, state.b[h]) for h, d in v.b.items()},
        {name: d - lost(net.channel[name].step, state.C[name]) for name, d in v.C.items()},
    )
    return only_ticking(net, state, n, every)


def updates(net: Net, state: State, x: Array, t: Array, rate: float) -> Change:
    """Changes of one step, all from the values before it; nothing is applied."""
    change = decayed(net, state, velocities(net, state, x, t, rate), rate, len(x))
    return by_devices(net, state, x, t, rate, change) if state.devices.made else change


def by_devices(net: Net, state: State, x: Array, t: Array, rate: float, change: Change) -> Change:
    """The same where weights are devices, which change in their own way; others stay as they are.

    Devices that do not learn here leak and drift.
    """
    O, R = forward(net, state, x)[1], learning_signals(net, state, x, t)
    heard = echoes(net, state, O)

    def moved(key: str, mask: NDArray[np.bool_], ends: list[tuple[Array, Array, bool]], own: float):
        """ends: activities and signals of all that share the devices, and whether they learn."""
        # Where none does nothing moves or is refreshed, as in step 0.
        step = state.step if any(learns for *_, learns in ends) else 0
        sent = np.hstack([s for s, _, _ in ends])
        told = np.hstack(
            [d if learns else np.zeros((len(x), mask.shape[-1])) for _, d, learns in ends]
        )
        shown = np.zeros(mask.shape)
        shown[mask] = state.devices.moved(key, sent, told, rate * own, state.seed, step)
        return shown

    W, b, C = dict(change.W), dict(change.b), dict(change.C)
    for n, e in net.forward.items():
        key, several = weights_stream(net, n), sharers(net.forward, n)
        if key in state.devices.made:
            # Neurons without an edge here count for the lengths of trains as well.
            parts = [(m, net.forward[m]) for m in several]
            ends = [(sent_on(net, state, m, O), R.get(p.target), is_taught(p, R)) for m, p in parts]
            W[n] = moved(key, e.mask, ends, e.step.rate_factor)
    for h in state.b:
        key, several = bias_stream(net, h), sharers(net.populations, h)
        if key in state.devices.made:
            n, own = net.populations[h].size, net.populations[h].step.rate_factor
            ones = np.ones((len(x), 1))
            ends = [(ones, R.get(p), is_taught_bias(net, p, R)) for p in several]
            b[h] = moved(key, np.ones(n, bool), ends, own)
    for n, e in net.channel.items():
        if f"channel:{n}" in state.devices.made and n in change.C:
            ends = [(message(net, state, n, R), heard[e.target], True)]
            C[n] = moved(f"channel:{n}", e.mask, ends, e.step.rate_factor)
    return Change(W, b, C)


def step(net: Net, state: State, x: Array, t: Array, rate: float) -> State:
    """The state after one update."""
    v = velocities(net, state, x, t, rate)
    change = decayed(net, state, v, rate, len(x))
    W = {n: w + change.W.get(n, 0.0) for n, w in state.W.items()}
    b = {h: own + change.b.get(h, 0.0) for h, own in state.b.items()}
    C = {n: c + change.C.get(n, 0.0) for n, c in state.C.items()}
    into = {weights_stream(net, n): (net.forward[n].target, d) for n, d in v.W.items()}
    into |= {bias_stream(net, h): (h, d) for h, d in v.b.items()}
    into |= {f"channel:{n}": (net.channel[n].target, d) for n, d in v.C.items()}
    moved = {n: d for n, (h, d) in into.items() if learns(net, state, h, len(x)).any()}
    V = {**state.V, **moved}
    late, n = on_their_way(net, state, learning_signals(net, state, x, t)), state.examples + len(x)
    return State(W, b, C, state.seed, state.step + 1, V, late, n, state.chip)
