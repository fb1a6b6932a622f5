"""Random small networks, batches that fit them, and their plain descriptions for the slow twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurochannel.model.edges import SIGNED, STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.limits import Message, Receive
from neurochannel.model.limits import Update as UpdateLimit
from neurochannel.model.limits.of_neurons import Neuron
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias, Population
from neurochannel.model.synapses import Synapse
from neurochannel.model.weights import Init
from tests import reference

Masks = Mapping[str, NDArray[np.bool_]]
Fields = dict[str, Any]
Draw = st.DrawFn

ROOT = "power(1/3)"
"""Steep at 0, where a last bit of S is much in O."""
ACTIVATIONS = (
    "tanh",
    "logistic",
    "relu",
    "linear",
    "power(1)",
    "power(1.5)",
    "power(2)",
    "power(3)",
    ROOT,
)
OUTPUTS = (
    ("softmax", "cross_entropy"),
    ("logistic", "binary_cross_entropy"),
    ("linear", "squared_error"),
    ("softmax", "squared_error"),
    ("logistic", "squared_error"),
    ("tanh", "squared_error"),
    ("relu", "squared_error"),
    ("power(2)", "squared_error"),
)
DEFAULT_LOSS = {"softmax": "cross_entropy", "logistic": "binary_cross_entropy"}
DISTRIBUTIONS = (
    "glorot",
    "glorot_normal",
    "he",
    "he_uniform",
    "uniform",
    "normal",
    "zeros",
    "binary",
    "ternary",
    "signs",
)
WEIGHTS = (
    "tied",
    "tied_product",
    "random",
    "adaptive",
    "redrawn",
    "concordant",
    "concordant_redrawn",
    "congruent",
)
SMOOTH_WEIGHTS = ("tied", "tied_product", "random", "adaptive", "redrawn")
HIDDEN_NAMES = ("zeta", "h_1", "alpha", "Mid.2")
RELAY_NAMES = ("relay-b", "relay-a")
SEEDS = st.integers(0, 2**64 - 1)
SIZES = st.integers(1, 6)


# --- parts -----------------------------------------------------------------------------------


def chances(p: float) -> st.SearchStrategy[bool]:
    return st.integers(0, 99).map(lambda i: i >= 100 * (1 - p))


def some_of(names: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(names), min_size=1, unique=True)


@st.composite
def sparsities(draw: Draw, n_source: int, n_target: int) -> Fields:
    """Fields that thin out a bundle; none of them: all-to-all."""
    kinds = ["all", "all", "all", "fan_in", "density", "edges"]
    kind = draw(st.sampled_from(kinds + ["one_to_one"] * (n_source == n_target)))
    if kind == "fan_in":
        return {"fan_in": draw(st.integers(1, n_source))}
    if kind == "density":
        return {"density": draw(st.sampled_from((0.2, 0.5, 0.8, 1.0)))}
    if kind == "one_to_one":
        return {"one_to_one": True}
    if kind == "edges":
        return {"edges": draw(some_of([(s, d) for s in range(n_source) for d in range(n_target)]))}
    return {}


@st.composite
def inits(
    draw: Draw, n_source: int, n_target: int, sparsity: Fields, explicit: bool = True
) -> Init | str:
    """Any distribution, with a scale and a mean, or explicit values that fit the bundle."""
    distribution = draw(st.sampled_from((*DISTRIBUTIONS, *["explicit"] * explicit)))
    fields: Fields = {"distribution": distribution}
    if distribution == "explicit":
        pairs = sparsity.get("edges")
        shape = (n_source, n_target) if pairs is None else (len(pairs),)
        fields["values"] = np.random.default_rng(draw(SEEDS)).normal(0, 0.7, shape)
    if draw(st.booleans()):
        fields["scale"] = draw(st.sampled_from((0.5, 0.8, 1.3)))
        fields["mean"] = draw(st.sampled_from((0.0, 0.2, -0.1)))
    return distribution if fields.keys() == {"distribution"} else Init(**fields)


@st.composite
def limits(draw: Draw, scales: Sequence[float]) -> Fields:
    """Bits, scale and quantizer; one bit goes with powers and octaves only."""
    bits = draw(st.sampled_from((1, 2, 3, 5, 8)))
    magnitudes = ("log_zero", "uniform", "stochastic") if bits > 1 else ()
    quantizer = draw(st.sampled_from(("powers", "octaves", *magnitudes)))
    return {"bits": bits, "scale": draw(st.sampled_from(scales)), "quantizer": quantizer}


@st.composite
def messages(draw: Draw, n: int) -> Message:
    """Limits of messages on their way over channel edges, from a source of n neurons."""
    fields = draw(passages()) | {"every": draw(st.sampled_from((1, 1, 1, 2, 3)))}
    fields["budget"] = draw(st.sampled_from((None, None, 1, 2, 4))) if n > 1 else None
    if fields.get("bits") and fields["keep"] != "sign" and draw(chances(0.2)):
        del fields["scale"]
        fields |= {"range": "batch", "power": draw(st.booleans())}
    fields |= draw(faults())
    delay = draw(st.sampled_from((0, 0, 0, 1, 3, 9)))
    if delay:
        fields |= {"delay": delay, "unit": draw(st.sampled_from(("example", "update")))}
    return Message(**fields)


@st.composite
def faults(draw: Draw) -> Fields:
    """Wires that are broken, in one case of four."""
    if not draw(chances(0.25)):
        return {}
    at = draw(st.sampled_from((0.0, 0.4, -1.0)))
    return {"dead": draw(st.sampled_from((0.1, 0.4))), "stuck": 0.3, "stuck_at": at}


@st.composite
def passes(draw: Draw, n: int, update: UpdateLimit | None) -> Message | None:
    """Limits of activity on its way over forward edges, from a source of n neurons."""
    if not draw(chances(0.3)):
        return None
    fields = draw(passages())
    fields["budget"] = draw(st.sampled_from((None, None, 1, 2, 4))) if n > 1 else None
    fields |= draw(faults())
    broken = fields.get("loss") or "dead" in fields
    if broken and not (update and update.by_example):
        fields["per"] = draw(st.sampled_from(("message", "wire")))
    return Message(**fields)


@st.composite
def passages(draw: Draw) -> Fields:
    """Limits that messages and the sums of them have in common."""
    keep = draw(st.sampled_from(("all", "all", "sign", "magnitude")))
    others = {"keep": keep, "noise": draw(st.sampled_from((0.0, 0.0, 0.05, 0.5)))}
    others["relative_noise"] = draw(st.sampled_from((0.0, 0.0, 0.1)))
    others["range"] = draw(st.sampled_from((None, None, 0.2)))
    others["dead_zone"] = draw(st.sampled_from((0.0, 0.0, 0.05)))
    loss = draw(st.sampled_from((0.0, 0.0, 0.2, 0.7)))
    others |= {"loss": loss, "rescale": draw(st.booleans())} if loss else {}
    if draw(chances(0.2)):
        return {"scale": draw(st.sampled_from((0.3, 1.0))), **others}
    return others | draw(limits((0.3, 1.0, 2.0)))


@st.composite
def updates(draw: Draw, wanted: bool, learn: bool = True) -> UpdateLimit | None:
    if not wanted or draw(st.booleans()):
        return None
    fields = draw(limits((0.01, 0.05, 0.3)))
    if draw(chances(0.3)):
        fields["keep"] = draw(st.sampled_from(("sign", "magnitude")))
        if draw(st.booleans()):
            del fields["bits"], fields["quantizer"]
    per = draw(st.sampled_from(("batch", "example"))) if learn else "batch"
    return UpdateLimit(**fields, per=per)


@st.composite
def neurons(draw: Draw, activation: str) -> Neuron | None:
    """Neurons that are not ideal, half of them with one difference only."""
    if not draw(chances(0.3)):
        return None
    fields: Fields = {
        "input_range": 1.7,
        "gain_spread": 0.2,
        "threshold_spread": 0.15,
        "relative_noise": 0.1,
        "noise": 0.07,
        "range": draw(st.sampled_from((0.83, 1.9))),
        "dead": draw(st.sampled_from((0.2, 0.6))),
        "clock": draw(st.sampled_from((0.3, 0.8))),
    }
    if activation == "softmax":
        del fields["dead"]
    names = draw(some_of(list(fields)))
    chosen = {name: fields[name] for name in (names if draw(st.booleans()) else names[:1])}
    for end, bits in (("input_range", "input_bits"), ("range", "bits")):
        if end in chosen and draw(st.booleans()):
            chosen[bits] = draw(st.sampled_from((2, 3, 5)))
    derivative = draw(st.sampled_from(("measured", "ideal")))
    return Neuron(**chosen, derivative=derivative)


@st.composite
def biases(draw: Draw, size: int, limited: bool) -> bool | Bias:
    if draw(chances(0.5)):
        return draw(st.booleans())
    value = draw(st.sampled_from((0.0, 0.3, -0.2, None)))
    if value is None:
        value = np.random.default_rng(draw(SEEDS)).normal(0, 0.4, size)
    learn = draw(chances(0.7))
    steps = draw(steps_of(limited and learn))
    return Bias(learn=learn, value=value, update=draw(updates(limited, learn)), **steps)


STEPS = {"momentum": (0.5, 0.9), "decay": (0.02, 0.3), "rate_factor": (0.5, 1.7)}


@st.composite
def steps_of(draw: Draw, wanted: bool) -> Fields:
    """Momentum, decay and rate factor, each of them in one case of three."""
    drawn = {name: draw(st.sampled_from((None, None, *values))) for name, values in STEPS.items()}
    return {name: value for name, value in drawn.items() if wanted and value is not None}


# --- networks --------------------------------------------------------------------------------


@st.composite
def arrows(draw: Draw, hidden: Sequence[str], loose: bool) -> list[tuple[str, str]]:
    """Forward DAG: every hidden population hears an earlier one and is heard by a later one.

    A loose one may hear none or be heard by none.
    """
    order = ["input", *hidden, "output"]
    pairs = [
        (a, h)
        for i, h in enumerate(order[1:-1], 1)
        if not (loose and draw(chances(0.3)))
        for a in draw(some_of(order[:i]))
    ]
    heard, hearing = {a for a, _ in pairs}, {h for _, h in pairs}
    for i, h in enumerate(order[:-1]):
        if h not in heard and not (loose and h in hearing and draw(chances(0.5))):
            pairs.append((h, draw(st.sampled_from(order[i + 1 :]))))
    more = [(h, "output") for h in order[:-1] if (h, "output") not in pairs and draw(chances(0.3))]
    if not any(h == "output" for _, h in pairs + more):
        more.append((order[-2], "output"))
    return draw(st.permutations(pairs + more))


@st.composite
def forward_dags(
    draw: Draw,
    hidden: Sequence[str] = ACTIVATIONS,
    outputs: Sequence[tuple[str, str]] = OUTPUTS,
    limited: bool = False,
    max_hidden: int = 4,
) -> Network:
    """Networks without a channel; `hidden` and `outputs` are the activations to choose from."""
    names = draw(st.permutations(HIDDEN_NAMES))[: draw(st.integers(0, max_hidden))]
    sizes = {name: draw(SIZES) for name in ("input", *names, "output")}
    if sharing := draw(chances(0.3)):
        sizes |= dict.fromkeys(names, draw(SIZES))
    activation, loss = draw(st.sampled_from(outputs))
    if activation == "softmax":  # one neuron of it is 1 whatever comes in, and is refused
        sizes["output"] = max(sizes["output"], 2)
    loose = draw(chances(0.2))
    ends = dict.fromkeys(("input", "output"))
    if loose or draw(chances(0.1)):
        ends = {end: end for end in ends}
    populations = {"input": Population(size=sizes["input"], role=ends["input"])}
    for name in (*names, "output"):
        f = activation if name == "output" else draw(st.sampled_from(hidden))
        fields = {"bias": draw(biases(sizes[name], limited)), "role": ends.get(name)}
        fields["neuron"] = draw(neurons(f)) if limited else None
        populations[name] = Population(size=sizes[name], activation=f, **fields)
    forward = []
    for a, h in draw(arrows(names, loose)):
        thin = draw(sparsities(sizes[a], sizes[h]))
        init = draw(inits(sizes[a], sizes[h], thin))
        fields: Fields = {"learn": draw(chances(0.85))}
        fields["update"] = draw(updates(limited, fields["learn"]))
        fields |= draw(steps_of(limited and fields["learn"]))
        fields["message"] = draw(passes(sizes[a], fields["update"])) if limited else None
        forward.append(ForwardEdges(path=f"{a} -> {h}", init=init, **fields, **thin))
    if sharing:
        forward, populations = draw(shared(forward, populations))
    declared = {name: populations[name] for name in draw(st.permutations(list(populations)))}
    named = loss != DEFAULT_LOSS.get(activation, "squared_error") or draw(st.booleans())
    return Network(populations=declared, forward=forward, loss=loss if named else None)


@st.composite
def shared(
    draw: Draw, forward: list[ForwardEdges], populations: dict[str, Population]
) -> tuple[list[ForwardEdges], dict[str, Population]]:
    """Some bundles between as many neurons share their weights, some populations their biases."""

    def shape(edges: ForwardEdges) -> tuple[int | None, ...]:
        return tuple(populations[name].size for name in edges.path.split(" -> "))

    first = draw(st.sampled_from(forward))
    alike = [edges for edges in forward if shape(edges) == shape(first)]
    chosen = draw(some_of([edges.path for edges in alike]))
    own = {name: getattr(first, name) for name in type(first).model_fields}
    own |= {"share": "w"}
    made = [
        edges.model_copy(update=own | {"path": edges.path, "message": whole(first, edges.message)})
        if edges.path in chosen
        else edges
        for edges in forward
    ]
    populations, heard = dict(populations), {edges.path.split(" -> ")[1] for edges in forward}
    biased = [n for n in sorted(heard) if isinstance(populations[n].bias, Bias)]
    for name in biased[:1]:
        bias = populations[name].bias
        bias = bias.model_copy(update={"share": "b"})
        alike = [n for n in sorted(heard) if populations[n].size == populations[name].size]
        for other in {name, *draw(some_of(alike))}:
            populations[other] = populations[other].model_copy(update={"bias": bias})
    for name, part in populations.items():
        if part.neuron is not None and part.neuron.clock != 1:
            neuron = part.neuron.model_copy(update={"clock": 1.0})
            populations[name] = part.model_copy(update={"neuron": neuron})
    return made, populations


def whole(first: ForwardEdges, message: Message | None) -> Message | None:
    """A message that is not lost wire by wire where the changes of examples are limited."""
    if message is None or not (first.update and first.update.by_example):
        return message
    return message.model_copy(update={"per": "message"})


def linear_networks() -> st.SearchStrategy[Network]:
    """Networks without a channel whose populations are all linear up to the output."""
    return forward_dags(hidden=("linear", "power(1)"))


@st.composite
def networks(
    draw: Draw,
    weights: Sequence[str] = WEIGHTS,
    limited: bool = True,
    hidden: Sequence[str] = ACTIVATIONS,
) -> Network:
    """Networks with a channel of mixed kinds, skips and relays, and with limits if `limited`."""
    base = draw(forward_dags(hidden=hidden, limited=limited))
    relays = {
        name: Population(size=draw(SIZES), activation=draw(st.sampled_from(("linear", "tanh"))))
        for name in RELAY_NAMES[: draw(st.sampled_from((0, 0, 1, 2)))]
    }
    populations = {**base.populations, **relays}
    chance = dict.fromkeys(relays, 1.0) | {"input": 0.2, "output": 0.2}
    reached = draw(st.permutations([h for h in populations if draw(chances(chance.get(h, 0.85)))]))
    starts = ["error", *(s for s in STARTS[1:] if draw(chances(0.2)))]
    order = [*starts, *(h for h in reached if h != "output")]
    pairs = [
        (a, h) for i, h in enumerate(order) if h not in STARTS for a in draw(some_of(order[:i]))
    ]
    pairs += [(a, "output") for a in (draw(some_of(order)) if "output" in reached else ())]
    sizes = {h: p.size for h, p in populations.items()}
    sizes |= dict.fromkeys(STARTS, populations["output"].size)
    for h in reached if limited else ():
        if draw(chances(0.3)):
            populations[h] = populations[h].model_copy(
                update={"receive": Receive(**draw(passages()))}
            )
    serving = {a for a, h in pairs if a in relays and h in base.populations}
    channel = [
        draw(channel_edges(a, h, base, serving, (sizes[a], sizes[h]), weights, limited))
        for a, h in draw(st.permutations(pairs))
    ]
    return Network(populations=populations, forward=base.forward, channel=channel, loss=base.loss)


@st.composite
def channel_edges(
    draw: Draw,
    source: str,
    target: str,
    base: Network,
    serving: set[str],
    shape: tuple[int, int],
    allowed: Sequence[str],
    limited: bool,
) -> ChannelEdges:
    """A channel bundle of a kind that the forward graph allows between these two populations."""
    mirrored = f"{target} -> {'output' if source in STARTS else source}"
    names = {bundle.name: bundle for bundle in base.forward_bundles}
    possible = ["random", "redrawn"]
    # The change of an adaptive bundle could not be told from that of a forward bundle of its name.
    if (target in base.populations or target in serving) and f"{source} -> {target}" not in names:
        possible.append("adaptive")
    if target == "output" and source in STARTS:
        possible.append("tied")
    if target != "output" and has_path(base, mirrored):
        possible += ["tied_product", "concordant", "concordant_redrawn", "congruent"]
    if mirrored in names:
        possible.append("tied")
    kind = draw(st.sampled_from([w for w in allowed if w in possible]))
    thin = draw(sparsities(*shape))
    if kind == "tied" and target == "output":
        thin = {"one_to_one": True}
    on_forward_edges = mirrored in names and kind in ("tied", *SIGNED)
    if on_forward_edges and sparsity_of(names[mirrored].edges):
        thin = {k: v for k, v in thin.items() if k in ("density", "fan_in")}
    fields: Fields = {"derivative": draw(chances(0.7))}
    if "tied" not in kind:
        fields["init"] = draw(inits(*shape, thin, explicit=not kind.endswith("redrawn")))
    if kind.endswith("redrawn"):
        fields["sets"] = draw(st.sampled_from((None, 2, 3)))
    if limited:
        fields["message"] = draw(st.one_of(st.none(), messages(shape[0])))
        message = fields["message"]
        if message is not None and (message.loss or message.breaks) and draw(st.booleans()):
            fields["message"] = message.model_copy(update={"per": "wire"})
    if kind == "adaptive":
        update, message = draw(updates(limited)), fields.get("message")
        if update is not None and message is not None and message.per_wire:
            update = update.model_copy(update={"per": "batch"})
        fields |= {"update": update, **draw(steps_of(limited))}
    return ChannelEdges(path=f"{source} -> {target}", weights=kind, **fields, **thin)


def has_path(network: Network, arrow: str) -> bool:
    graph = nx.DiGraph([(e.source, e.target) for e in network.forward_bundles])
    start, end = arrow.split(" -> ")
    return start in graph and end in graph and nx.has_path(graph, start, end)


def sparsity_of(edges: ForwardEdges | ChannelEdges) -> Fields:
    fields = {name: getattr(edges, name) for name in ("fan_in", "density", "one_to_one", "edges")}
    return {
        name: value for name, value in fields.items() if value is not None and value is not False
    }


# --- devices ---------------------------------------------------------------------------------

MOVES: tuple[Fields, ...] = (
    {},
    {"soft": (0.5, 0.3)},
    {"step": 0.0213},
    {"step": 0.0213, "update_management": False, "pulses_at_most": 9},
    {"step": 0.0213, "pulses": "batch"},
    {"step": 0.0037, "pulses": "exact", "soft": 0.8, "soft_bound": "mean"},
    {"model": "power", "exponent": (1.5, 0.7), "step": 0.0513},
    {
        "model": "exponential",
        "slope": -0.5,
        "offset": -0.4,
        "amplitude": (-0.6, -0.1),
        "growth": (2.0, 3.0),
        "step": 0.0117,
    },
)
"""Ways in which devices move; numbers that hardly ever meet a level."""


@st.composite
def synapses(draw: Draw, learns: bool) -> Synapse | None:
    """Devices of weights, half of them alone or in pairs, with some of what they have wrong."""
    if draw(st.booleans()):
        return None
    fields: Fields = dict(draw(st.sampled_from(MOVES))) if learns else {}
    pair = draw(chances(0.3))
    fields |= {"pair": True, "bounds": (0.0, 1.31)} if pair else {"bounds": (-1.13, 1.31)}
    fields["bounds_spread"] = (0.0, 0.1) if pair else 0.1
    more: Fields = {"stuck": 0.2, "leak": 9.0, "drift": 0.1, "read_noise": 0.07}
    if learns:
        more |= {"step_spread": 0.2, "asymmetry_spread": 0.1}
        more |= {"cycle_noise": 0.3} if "step" in fields else {}
        more |= {"refresh": 1} if pair else {}
    more |= {} if pair else {"reference_spread": 0.05}
    more |= draw(st.sampled_from(({"write_noise": 0.03}, {"bits": 5})))
    fields |= {name: more[name] for name in draw(some_of(list(more)))}
    fields |= {"t0": 2.0, "drift_spread": 0.2} if "drift" in fields else {}
    fields |= {"rest": 0.1, "leak_spread": 0.1} if "leak" in fields else {}
    fields |= {"read": "relative"} if "read_noise" in fields and draw(st.booleans()) else {}
    return Synapse(**fields)


@st.composite
def readings(draw: Draw) -> Synapse | None:
    """How weights are read that are stored elsewhere or not at all."""
    choices = (None, {"read_noise": 0.1}, {"bits": 4, "range": 1.17, "read_noise": 0.05})
    fields = draw(st.sampled_from(choices))
    return None if fields is None else Synapse(**fields)


PLAIN = {"update": None, "momentum": 0.0, "decay": 0.0}
"""What devices do not go with, or act on in ways that other tests look at."""


@st.composite
def device_networks(draw: Draw) -> Network:
    """Networks with limits of all kinds, many of whose weights are devices, some of them shared."""
    network, drawn = draw(networks()), dict[str, Synapse | None]()

    def device(part: Any, learns: bool) -> Synapse | None:
        """One for all that share a name, which no example moves alone."""
        share = getattr(part, "share", None)
        if share is None:
            return draw(synapses(learns))
        if share not in drawn:
            made = draw(synapses(learns))
            apart = made is not None and made.by_example
            drawn[share] = made.model_copy(update={"pulses": "batch"}) if made and apart else made
        return drawn[share]

    def plain(edges: Any) -> Any:
        message = edges.message
        if message is not None and message.per_wire:
            message = message.model_copy(update={"per": "message"})
        return edges.model_copy(update={**PLAIN, "message": message})

    forward = []
    for edges in network.forward:
        synapse = device(edges, edges.learn)
        forward.append(plain(edges).model_copy(update={"synapse": synapse}) if synapse else edges)
    channel = []
    for edges in network.channel:
        into_output = edges.arrows[0][1] == "output" and edges.weights == "tied"
        if edges.weights in ("adaptive", "random"):
            synapse = device(edges, edges.weights == "adaptive")
        elif edges.weights in ("tied", "redrawn") and not into_output:
            synapse = draw(readings())
        else:
            synapse = None
        adapts = edges.weights == "adaptive" and synapse
        made = plain(edges) if adapts else edges
        channel.append(made.model_copy(update={"synapse": synapse}) if synapse else edges)
    populations = dict(network.populations)
    for name, one in network.populations.items():
        if isinstance(one.bias, Bias) and name not in network.relays:
            synapse = device(one.bias, one.bias.learn)
            bias = one.bias.model_copy(update={**PLAIN, "synapse": synapse})
            populations[name] = one.model_copy(update={"bias": bias if synapse else one.bias})
    update = {"populations": populations, "forward": forward, "channel": channel}
    return network.model_copy(update=update)


# --- batches ---------------------------------------------------------------------------------


@st.composite
def batches(
    draw: Draw, network: Network, n: int | None = None, every_label: bool = False
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Inputs, a third of them 0, with class labels or with targets that suit the loss.

    A data set has as many classes as its largest label says, so there `every_label` is needed; one
    neuron cannot have labels.
    """
    rng = np.random.default_rng(draw(SEEDS))
    n = draw(st.integers(1, 7)) if n is None else n
    n_input, n_output = network.size(network.input), network.size(network.output)
    x = rng.normal(0, 0.8, (n, n_input)) * (rng.random((n, n_input)) > 1 / 3)
    if n_output > 1 and draw(st.booleans()):
        labels = rng.integers(0, n_output, n)
        labels[0] = n_output - 1 if every_label else labels[0]
        return x, labels
    if network.loss_name == "cross_entropy":
        return x, rng.dirichlet(np.ones(n_output), n)
    if network.loss_name == "binary_cross_entropy":
        return x, rng.random((n, n_output))
    return x, rng.normal(0, 0.8, (n, n_output))


def targets(t: NDArray[Any], n_output: int) -> NDArray[np.float64]:
    """Targets as they are, class labels as rows with a single 1."""
    return np.eye(n_output)[t] if t.ndim == 1 else t


def is_tame(
    net: reference.Net, state: reference.State, x: NDArray[np.float64], largest: float = 15.0
) -> bool:
    """No total input is huge: powers of powers grow beyond what floats can compare.

    None of a root is near 0, where it is steep.
    """
    least = {h: 1e-3 if p.activation == ROOT else -1.0 for h, p in net.populations.items()}
    with np.errstate(all="ignore"):
        S, _ = reference.forward(net, state, x)
        return all(
            bool(np.all((np.abs(s) < largest) & (np.abs(s) > least[h]))) for h, s in S.items()
        )
