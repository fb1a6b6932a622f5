"""What each learning rule of a network reads, and where that physically sits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from neurochannel.engine.edgelists import mirror
from neurochannel.engine.parameters import bias_may_learn, bias_of
from neurochannel.model.edges import ERROR, OWN, PREDICTION, SIGNED, TARGET
from neurochannel.model.learning import Learning
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges, Network
from neurochannel.model.problems import listed
from neurochannel.observe.shared_wires import shared_bias_text, shared_text


class Variable(NamedTuple):
    """Something that a rule reads, such as O(input), and what holds it."""

    name: str
    held_by: str


class Locality(NamedTuple):
    """What one bundle or bias reads.

    Parameters
    ----------
    kind
        "forward" and "bias" for changes, "channel" for deliveries and, if adaptive, changes.
    bundle
        ``"a -> b"``; the population for a bias.
    reads
        All variables; none where nothing changes.
    local
        Whether all of them sit at the synapse or at one of its two neurons.
    note
        Why it is not local, or what else is worth knowing; may be empty.
    """

    kind: Literal["forward", "channel", "bias"]
    bundle: str
    reads: tuple[Variable, ...]
    local: bool
    note: str


SYMBOLS = {ERROR: "E", TARGET: "T", PREDICTION: "O"}
"""What a channel starts from."""

RATE = Variable("rate", "every synapse, a constant")


def locality(network: Network) -> list[Locality]:
    """Return what each forward bundle, bias and channel bundle reads, in this order.

    A rule is local where all that it reads is held by the synapse itself or by one of the two
    neurons that it joins. Symbols: O activity, R learning signal, E error, f' derivative at the
    total input S, T target, Q limits of the message, W forward and C channel weights.

    Notes
    -----
    After Baldi, Sadowski & Lu (2018), arXiv:1612.02734.
    """
    return [*_forward(network), *_biases(network), *_channel(network)]


def _reached(network: Network, population: str) -> bool:
    return population == network.output or bool(network.channel_at.into(population))


def _signal(network: Network, population: str) -> tuple[tuple[Variable, ...], bool, str]:
    """Return what the signal at a postsynaptic neuron is made of, whether locally, and a note."""
    exact = network.signal_of(population) == ERROR
    name = "E" if exact else "R"
    here = Variable(f"{name}({population})", f"postsynaptic neuron of {population}")
    activation = network.populations[population].activation
    if exact and activation == "softmax" and not network.loss_matches:
        all_errors = Variable(f"T - O ({population})", f"all neurons of {population}")
        note = "the Jacobian of softmax mixes the errors of all output neurons"
        return (here, all_errors), False, note
    return (here,), True, ""


def _forward(network: Network) -> Iterator[Locality]:
    for bundle in network.forward_bundles:
        if bundle.edges.pool:
            note = f"pooling, {bundle.edges.pool.label}: nothing to learn"
            yield Locality("forward", bundle.name, (), True, note)
        elif not bundle.edges.learn:
            device = bundle.edges.synapse
            note = f"frozen; the synapse is a device: {device.text}" if device else "frozen"
            yield Locality("forward", bundle.name, (), True, note)
        elif not any(_reached(network, b.target) for b in _sharing(network, bundle)):
            note = "never changes: no learning signal arrives"
            yield Locality("forward", bundle.name, (), True, note)
        else:
            activity, compared = _activity(bundle)
            signal, local, note = _signal(network, bundle.target)
            others, shared = _elsewhere(network, bundle)
            sharing = shared_text(network, bundle)
            if sharing:
                activity, signal = _everywhere(activity), tuple(_everywhere(signal))
            own = Variable(f"W({bundle.name})", "the synapse itself")
            step, limits = _step(bundle.edges, bundle.name, own)
            trains = _trains(bundle.edges, bundle.source, bundle.target)
            reads = tuple(dict.fromkeys((*activity, *signal, *others, *step, *trains)))
            local = local and not (compared or trains or shared or sharing)
            limits = [sharing, *shared, compared, *_unlike_ideal(network, bundle), *limits]
            yield Locality("forward", bundle.name, reads, local, _joined([note, *limits]))


def _everywhere(variables: Iterable[Variable]) -> list[Variable]:
    """Return the same variables as a shared weight reads them, at all of its wires."""
    return [v._replace(held_by=f"{v.held_by}, at each of its wires") for v in variables]


def _sharing(network: Network, bundle: Bundle[ForwardEdges]) -> tuple[Bundle[ForwardEdges], ...]:
    """Return the bundles that hold the same weights as one, itself among them."""
    return network.shares.get(bundle.edges.share or "", (bundle,))


def _elsewhere(network: Network, bundle: Bundle[ForwardEdges]) -> tuple[list[Variable], list[str]]:
    """Return what a change reads at bundles that share its weights, and what is said of it."""
    several = _sharing(network, bundle)
    if len(several) == 1:
        return [], []
    reads = [
        variable
        for b in several
        if b.name != bundle.name and _reached(network, b.target)
        for variable in (*_activity(b)[0], *_signal(network, b.target)[0])
    ]
    names = listed([b.name for b in several])
    note = f"one weight on {len(several)} wires, on {names}: its change is a sum over them"
    return reads, [note]


def _activity(bundle: Bundle[ForwardEdges]) -> tuple[list[Variable], str]:
    """Return the activity that a synapse reads, and whose neurons its limits compare, if any."""
    source, limits = bundle.source, bundle.edges.message
    plain = Variable(f"O({source})", f"presynaptic neuron of {source}")
    if limits is None or not limits.active:
        return [plain], ""
    limited = [plain._replace(name=f"Q(O({source}))")]
    if limits.local:
        return limited, ""
    return [*limited, plain._replace(held_by=f"all neurons of {source}")], (
        f"limits compare all neurons of {source}"
    )


def _biases(network: Network) -> Iterator[Locality]:
    for population in network.forward_order:
        bias = bias_of(network, population)
        if bias is None:
            continue
        if not bias_may_learn(network, population):
            yield Locality("bias", population, (), True, "frozen")
        elif not any(_reached(network, name) for name in _with_biases_of(network, population)):
            note = "never changes: no learning signal arrives"
            yield Locality("bias", population, (), True, note)
        else:
            several = _with_biases_of(network, population)
            others = [v for name in several for v in _signal(network, name)[0]]
            alike = f"one bias in {len(several)} neurons, of {listed(several)}: its change is a sum"
            signal, local, note = _signal(network, population)
            own = Variable(f"b({population})", "the neuron itself")
            step, limits = _step(bias, population, own)
            trains, sharing = _trains(bias, "", population), shared_bias_text(network, population)
            signal = tuple(_everywhere(signal)) if sharing else signal
            shared = len(several) > 1
            reads = tuple(dict.fromkeys((*signal, *(others if shared else ()), *step, *trains)))
            local = local and not (trains or shared or sharing)
            named = alike if shared else ""
            notes = [note, sharing, named, *_neuron_notes(network, population), *limits]
            yield Locality("bias", population, reads, local, _joined(notes))


def _with_biases_of(network: Network, population: str) -> tuple[str, ...]:
    """Return the populations that hold the same biases as one, itself among them."""
    bias = bias_of(network, population)
    return network.bias_shares.get(bias.share or "" if bias else "", (population,))


def _unlike_ideal(network: Network, bundle: Bundle[ForwardEdges]) -> list[str]:
    return [note for name in bundle.ends for note in _neuron_notes(network, name)]


def _neuron_notes(network: Network, population: str) -> list[str]:
    """Return what is said of neurons that are not ideal."""
    neuron = network.populations[population].neuron
    return [f"neurons of {population}: {neuron.text}"] if neuron and neuron.active else []


def _step(learning: Learning, name: str, own: Variable) -> tuple[list[Variable], list[str]]:
    """Return the rate and what else a step reads, and what is said of decay and limits.

    Parameters
    ----------
    own
        What changes, and decays.
    """
    factor, limits, notes = learning.rate_factor, learning.update, list[str]()
    read = [RATE if factor == 1.0 else RATE._replace(name=f"rate x {factor:g}")]
    if learning.decay:
        read.append(own)
        notes.append(f"{own.name} decays in each step")
    if learning.momentum:
        read.append(Variable(f"v({name})", own.held_by))
    if limits and limits.active:
        notes.append(f"each change is limited: {limits.text}")
    if learning.synapse:
        notes.append(f"the synapse is a device: {learning.synapse.text}")
    return read, notes


def _trains(learning: Learning, source: str, target: str) -> list[Variable]:
    """Return what the lengths and chances of managed trains of pulses depend on."""
    synapse = learning.synapse
    if synapse is None or not synapse.by_example or not synapse.update_management:
        return []
    ends = [("x_max", source), ("d_max", target)]
    return [Variable(f"{name}({end})", f"all neurons of {end}") for name, end in ends if end]


def _joined(notes: list[str]) -> str:
    return "; ".join(note for note in notes if note)


def _channel(network: Network) -> Iterator[Locality]:
    for bundle in network.channel_bundles:
        weights, local, notes = _weights(network, bundle)
        message, others = _message(network, bundle)
        if others:
            local, reads = False, [message, *others, *weights]
            notes.append(f"limits compare all neurons of {bundle.source}")
        else:
            reads = [message, *weights]
        if bundle.edges.message is not None and bundle.edges.message.remembers:
            notes.append(f"the wires hold earlier messages: {bundle.edges.message.text}")
        limits = network.populations[bundle.target].receive
        if limits is not None and limits.active:
            notes.append(f"{bundle.target} limits the sum that it receives: {limits.text}")
            if not limits.local:
                local = False
                reads.append(Variable(f"R({bundle.target})", f"all neurons of {bundle.target}"))
        if bundle.edges.derivative and bundle.target not in (*network.relays, network.output):
            reads.append(Variable(f"f'(S) of {bundle.target}", f"neuron of {bundle.target}"))
        if bundle.edges.weights != "adaptive" and bundle.edges.synapse:
            what = "the synapse is a device" if bundle.edges.weights == "random" else "read with"
            notes.append(f"{what}: {bundle.edges.synapse.text}")
        if bundle.edges.weights == "adaptive":
            step, said = _step(bundle.edges, bundle.name, weights[0])
            trains, sharing = _trains(bundle.edges, *bundle.ends), shared_text(network, bundle)
            local, step = local and not trains and not sharing, [*step, *trains]
            heard = [_heard(network, bundle.target)]
            reads += _everywhere(heard) if sharing else heard
            reads += [variable for variable in step if variable not in reads]
            notes += said
            if bundle.target in network.relays:
                notes.append(f"activity comes back to {bundle.target} over its own wires")
        yield Locality("channel", bundle.name, tuple(reads), local, _joined(notes))


def _message(
    network: Network, bundle: Bundle[ChannelEdges]
) -> tuple[Variable, tuple[Variable, ...]]:
    """Return the message of a bundle, and what its limits need in addition."""
    sender = bundle.sender(network.output)
    text = f"{SYMBOLS.get(bundle.source, 'R')}({sender})"
    limits = bundle.edges.message
    if limits is None or not limits.active:
        return Variable(text, f"neuron of {sender}"), ()
    message = Variable(f"Q({text})", f"neuron of {sender}")
    others = () if limits.local else (Variable(text, f"all neurons of {sender}"),)
    return message, others


def _heard(network: Network, target: str) -> Variable:
    if target not in network.relays:
        return Variable(f"O({target})", f"neuron of {target}")
    served = [b.target for b in network.channel_at.out_of(target) if b.target not in network.relays]
    sums = " + ".join(f"O({name}) C({target} -> {name})'" for name in served)
    return Variable(sums, f"neuron of {target}, which it reaches over {target} -> {listed(served)}")


def _weights(
    network: Network, bundle: Bundle[ChannelEdges]
) -> tuple[list[Variable], bool, list[str]]:
    """Return the weights that a delivery reads, whether they are its own, and notes."""
    own = Variable(f"C({bundle.name})", "the channel synapse itself")
    kind, across = bundle.edges.weights, mirror(network, bundle)
    if network.is_identity(bundle):
        return [own], True, ["the identity"]
    made, sharing = network.geometries.get(across), shared_text(network, bundle)
    if kind == "tied" and made and made.pools:
        return _back_through(made, bundle.source)
    if kind in OWN:
        born = ["its signs were copied from the initial forward weights"]
        return [own], True, [*(born if kind == "congruent" else ()), sharing]
    if kind == "redrawn":
        return [own], True, [_redrawn(bundle.edges.sets), sharing]
    is_mirrored = kind != "tied_product" and across in network.forward_names
    through = [across] if is_mirrored else _between(network, across)
    symbol = "sign W({})" if kind in SIGNED else "W({})"
    read = [Variable(symbol.format(name), f"forward synapses {name}") for name in through]
    signs = "the signs of " if kind in SIGNED else ""
    note = f"weight transport: {signs}the forward weights {listed(through)} must be known here"
    return ([own, *read] if kind in SIGNED else read), False, [note, sharing]


def _back_through(made: Geometry, pool: str) -> tuple[list[Variable], bool, list[str]]:
    """Return what the way back through pooling reads: it has no weights."""
    if made.kind == "mean":
        return [], True, [f"each gets 1 / {made.taps} of the signal"]
    winner = Variable(f"winner({pool})", f"neuron of {pool}")
    return [winner], True, [f"each neuron of {pool} remembers which one it took"]


def _redrawn(sets: int | None) -> str:
    if sets is None:
        return "drawn again at each step by the synapse itself"
    return f"one of {sets} that the synapse itself holds; which one, all of a step must agree on"


def _between(network: Network, across: str) -> list[str]:
    """Name the forward bundles on all paths from the start to the end of an arrow."""
    start, end = across.split(" -> ")
    passed = network.between(start, end)
    return [b.name for b in network.forward_bundles if b.source in passed and b.target in passed]
