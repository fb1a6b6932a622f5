"""Rules of convolution, local windows and pooling, and of channels over them."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.model.bundles import Bundle
from neurochannel.model.edges import SIGNED, ChannelEdges, ForwardEdges
from neurochannel.model.maps import Conv, Local, Pool, image_of, two
from neurochannel.model.populations import Bias
from neurochannel.model.problems import Problem
from neurochannel.model.wiring import Wiring


def map_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find windows that do not fit, shapes that disagree, and channels that cannot follow."""
    for bundle in wiring.ruled.values():
        yield from _fit(wiring, bundle)
    for name in sorted(wiring.pools):
        yield from _pool_rules(wiring, name)
    if not wiring.forward_complete or wiring.output is None:
        return
    for edge in wiring.channel:
        yield from _channel_rules(wiring, edge)


def name_of(rule: Conv | Pool) -> str:
    """Return the key that a rule stands under."""
    return "pool" if isinstance(rule, Pool) else "local" if isinstance(rule, Local) else "conv"


def _fit(wiring: Wiring, bundle: Bundle[ForwardEdges]) -> Iterator[Problem]:
    rule = bundle.edges.rule
    assert rule is not None
    name, source = name_of(rule), wiring.shapes.get(bundle.source)
    if bundle.target == wiring.output:
        yield Problem(
            (bundle.where, name),
            f"must not lead into the output '{bundle.target}'; add an all-to-all path after it",
        )
    if source is None:
        part = wiring.populations.get(bundle.source)
        left = bundle.source == wiring.input and part is not None and part.size is None
        if part is not None and not left and bundle.source not in wiring.mapped:
            yield Problem(
                (bundle.where, name),
                f"must start from a population with a shape, got '{bundle.source}' with "
                f"{part.size} neurons; write shape = [height, width, maps] there",
            )
        return
    made = wiring.geometries.get(bundle.name)
    if made is None:
        margin = (0, 0) if isinstance(rule, Pool) else rule.margin
        padded = [n + 2 * p for n, p in zip(source[:2], margin, strict=True)]
        image = "the padded image" if any(margin) else "the image"
        yield Problem(
            (bundle.where, name),
            f"must have a kernel of at most {padded[0]} x {padded[1]}, {image} of "
            f"'{bundle.source}', got {two(rule.kernel)[0]} x {two(rule.kernel)[1]}; lower it",
        )
        return
    yield from _values(bundle, made.weight_shape, "[row][column][source map][map]")
    part = wiring.populations.get(bundle.target)
    own = wiring.shapes.get(bundle.target)
    if own and own != made.target:
        if part is not None and part.shape is not None:
            yield Problem(
                ("populations", bundle.target, "shape"),
                f"must be {list(made.target)}, which {name} makes of {list(source)} on "
                f"'{bundle.name}', got {list(own)}; leave it out to take it from there",
            )
        else:
            yield Problem(
                (bundle.where, name),
                f"must make {list(own)}, as the first bundle into '{bundle.target}' does, got "
                f"{list(made.target)} of {list(source)} on '{bundle.name}'; give both rules that "
                "make the same shape",
            )
    elif part is not None and part.shape is None and part.size is not None:
        n = made.n_windows * made.target[2]
        if part.size != n:
            yield Problem(
                ("populations", bundle.target, "size"),
                f"must be {n}, since {name} makes {list(made.target)} of {list(source)}, got "
                f"{part.size}; leave it out to take it from there",
            )


def _values(
    bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges], shape: tuple[int, ...], order: str
) -> Iterator[Problem]:
    """Find explicit weights of another shape than a kernel's, or one weight for each map's."""
    values = bundle.edges.init.values
    if values is not None and values.shape != shape:
        yield Problem(
            (bundle.where, "init", "values"),
            f"must have the shape {shape} of the weights of '{bundle.name}', got {values.shape}; "
            f"write them as {'[row of windows][column]' * (len(shape) > 4)}{order}",
        )


def _pool_rules(wiring: Wiring, name: str) -> Iterator[Problem]:
    arriving = [bundle for bundle in wiring.forward if bundle.target == name]
    if len(arriving) > 1:
        yield Problem(
            (arriving[1].where, "path"),
            f"must be the only forward bundle into the pool '{name}', got '{arriving[0].name}' "
            f"and '{arriving[1].name}'; pool each source in a population of its own",
        )
    population = wiring.populations.get(name)
    if population is None:
        return
    if population.activation != "linear":
        yield Problem(
            ("populations", name, "activation"),
            f"must be linear where pooling leads, got '{population.activation}'; leave it out, "
            "or write it in the population that is pooled",
        )
    if isinstance(population.bias, Bias):
        yield Problem(
            ("populations", name, "bias"),
            "must be left out where pooling leads, since pools have no bias; remove it",
        )


def _channel_rules(wiring: Wiring, bundle: Bundle[ChannelEdges]) -> Iterator[Problem]:
    edges, where = bundle.edges, bundle.where
    assert wiring.output is not None
    sender = bundle.sender(wiring.output)
    against = wiring.ruled.get(f"{bundle.target} -> {sender}")
    if edges.shared == "kernel" and (against is None or against.edges.pool):
        yield Problem(
            (where, "shared"),
            f"must run against a convolution or local windows '{bundle.target} -> {sender}' to "
            f"have their kernel, got none on '{bundle.name}'; remove it",
        )
    elif edges.shared == "kernel" and against is not None:
        made = wiring.geometries.get(against.name)
        if made:
            yield from _values(bundle, made.weight_shape, "[row][column][source map][map]")
    if edges.shared == "maps":
        yield from _broadcast_rules(wiring, bundle)
    restricted = edges.fan_in or edges.density or edges.one_to_one or edges.edges is not None
    if against is not None and edges.weights == "tied" and restricted:
        yield Problem(
            (where, "weights"),
            f"must not be tied on some edges only against '{against.name}', which shares weights "
            'or pools; tie all of them, or write weights = "random"',
        )
    if edges.weights in ("tied_product", *SIGNED) and edges.shared != "kernel":
        yield from _product_rules(wiring, bundle, sender)


def _product_rules(wiring: Wiring, bundle: Bundle[ChannelEdges], sender: str) -> Iterator[Problem]:
    """Find products past what is no matrix, and signs of weights that are shared."""
    weights = bundle.edges.weights
    crossed = [
        b
        for b in wiring.ruled.values()
        if _between(wiring, bundle.target, b.source) and _between(wiring, b.target, sender)
    ]
    maxima = [b.name for b in crossed if b.edges.pool and b.edges.pool.kind == "max"]
    if weights == "tied_product" and maxima:
        yield Problem(
            (bundle.where, "weights"),
            f"must not be tied_product on '{bundle.name}', since '{maxima[0]}' lies on the way, "
            "whose winners change from example to example, so that it is no fixed matrix; pool "
            'with kind = "mean", or write weights = "random" or "tied"',
        )
    elif weights != "tied_product" and crossed:
        yield Problem(
            (bundle.where, "weights"),
            f"must not be {weights} on '{bundle.name}', since '{crossed[0].name}' lies on "
            f"the way, which is no matrix of weights; write {_instead(wiring, bundle, sender)}",
        )


def _instead(wiring: Wiring, bundle: Bundle[ChannelEdges], sender: str) -> str:
    """Tell what to write where signs of a kernel are not those of all wires."""
    against = wiring.ruled.get(f"{bundle.target} -> {sender}")
    own = 'shared = "kernel", or ' if against and not against.edges.pool else ""
    return own + 'weights = "random" or "tied"'


def _between(wiring: Wiring, start: str, end: str) -> bool:
    return start == end or wiring.leads(start, end)


def _broadcast_rules(wiring: Wiring, bundle: Bundle[ChannelEdges]) -> Iterator[Problem]:
    target = wiring.populations.get(bundle.target)
    known = target is not None and image_of(target.shape) is not None
    if not known and bundle.target not in wiring.mapped:
        yield Problem(
            (bundle.where, "shared"),
            f"must lead to a population with maps to have a weight for each, got "
            f"'{bundle.target}'; remove it, or write shape = [height, width, maps] there",
        )
    image, n_source = wiring.shapes.get(bundle.target), wiring.size(bundle.source)
    if image and n_source is not None:
        yield from _values(bundle, (n_source, image[2]), "[source][map]")
    for name in (bundle.source, bundle.target):
        if name in wiring.relays:
            yield Problem(
                (bundle.where, "shared"), f"must not be 'maps' at the relay '{name}'; remove it"
            )
