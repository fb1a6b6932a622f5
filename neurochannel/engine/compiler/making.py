"""Weights of the channel that follow the forward ones, or are drawn at each step."""

from __future__ import annotations

from functools import cached_property

import networkx as nx
import numpy as np

from neurochannel.engine.compiler.channel_weights import effective_weights
from neurochannel.engine.compiler.coder import Coder, read_name
from neurochannel.engine.compiler.noisy_reading import reading_of
from neurochannel.engine.compiler.window_calls import joined, turning_calls, window_of
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.holders import kept_weights
from neurochannel.engine.memory import Span
from neurochannel.engine.parameters import draw_of, fans_of, windows_of
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import channel_key, stream
from neurochannel.kernels import blas, matrices, sparse, window_products
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges

Channel = Bundle[ChannelEdges]


def weight_code(coder: Coder) -> list[Call]:
    """Make the weights that follow the forward ones or are drawn again, before each step."""
    code, products = list[Call](), _Products(coder)
    for bundle in coder.network.channel_bundles:
        kind = bundle.edges.weights
        if kind == "redrawn":
            place, synapse = effective_weights(coder, bundle), bundle.edges.synapse
            code.append(_draw(coder, bundle, place))
            if synapse:
                lane = read_name(channel_key(bundle.name))
                code += reading_of(synapse, place, place, lane, rounded=True)
        elif kind == "tied_product":
            code += _product_code(coder, bundle, products)
        elif coder.network.is_identity(bundle):
            ones = effective_weights(coder, bundle)
            code.append(call(matrices.set_values, out=ones, value=1.0))
        elif kind == "tied" and channel_key(bundle.name) in coder.edges:
            code += _mirror_code(coder, bundle)
        elif kind.startswith("concordant"):
            code += _concordant_code(coder, bundle, products)
    return code + turning_calls(coder)


def _draw(coder: Coder, bundle: Channel, out: Span) -> Call:
    kind, spread, mean = draw_of(bundle.edges.init, *fans_of(coder.network, bundle, out.n))
    return call(
        matrices.draw,
        out=out,
        distribution=kind,
        spread=spread,
        mean=mean,
        sets=bundle.edges.sets or 0,
        stream=int(stream(f"redraw:{bundle.name}")),
        choice=int(stream("set")),
    )


def _concordant_code(coder: Coder, bundle: Channel, products: _Products) -> list[Call]:
    """C = |M| * sign(the tied weights), M drawn once or at each step."""
    key, out = channel_key(bundle.name), effective_weights(coder, bundle)
    example = out
    if not _takes_product(coder, bundle):
        code = _mirror_code(coder, bundle)
    elif key in coder.edges:
        code = _product_code(coder, bundle, products)
    else:
        code, example = products.code(bundle), products.place(bundle)
    if bundle.edges.weights == "concordant":
        magnitude = coder.memory.values[key]
    else:
        magnitude = coder.memory.scratch_span(f"magnitude:{key}", key, out.shape)
        code.append(_draw(coder, bundle, magnitude))
    return [*code, call(matrices.copy_signs, magnitude=magnitude, example=example, out=out)]


def _mirror_code(coder: Coder, bundle: Channel) -> list[Call]:
    """Copy the transposed weights of the forward bundle that runs against a channel bundle."""
    key = channel_key(bundle.name)
    forward = kept_weights(coder.network, mirror(coder.network, bundle))
    tied = bundle.edges.weights == "tied"
    span = coder.read(forward, key) if tied else coder.memory.values[forward]
    out = effective_weights(coder, bundle)
    made = windows_of(coder.network, bundle)
    if made:
        rows, columns = out.shape
        places = np.arange(rows)[:, None] * span.stride + np.arange(columns)
        return [_take(coder, bundle, span, places.ravel().astype(np.uint32))]
    if key not in coder.edges:
        clear = call(matrices.clear_values, out=out)
        return [clear, call(matrices.transpose, weight=span, out=out, m=span.shape[0])]
    own, listed = coder.edges[key], coder.edges.get(forward)
    if listed:
        positions = listed.positions(own.receivers, own.sources, f"{bundle.where} {bundle.name}")
    else:
        positions = own.receivers * np.uint32(span.stride) + own.sources
    return [_take(coder, bundle, span, positions)]


def _take(coder: Coder, bundle: Channel, pool: Span, positions: np.ndarray) -> Call:
    """Copy the weights of a sparse bundle's edges out of a pool."""
    key, out = channel_key(bundle.name), effective_weights(coder, bundle)
    listed = coder.memory.wires.add(f"positions:{key}", key, positions)
    return call(sparse.take, pool=pool, positions=listed, out=out, m=pool.size)


class _Products:
    """Transposed products of the forward weights, summed over all paths target ~> source.

    From the source downward: P(k) = sum over k -> j of P(j) W(k -> j)', and P(source) = 1. They are
    made once for all bundles of a source.
    """

    def __init__(self, coder: Coder) -> None:
        self._coder, self._places = coder, dict[str, dict[str, Span]]()
        self._needed: dict[str, list[Channel]] = {}
        for bundle in coder.network.channel_bundles:
            if _takes_product(coder, bundle):
                self._needed.setdefault(bundle.sender(coder.network.output), []).append(bundle)

    @cached_property
    def _graph(self) -> nx.DiGraph[str]:
        return nx.DiGraph([(b.source, b.target) for b in self._coder.network.forward_bundles])

    def code(self, bundle: Channel) -> list[Call]:
        """Return the calls that make what a bundle needs, as far as none before it needed it."""
        top = bundle.sender(self._coder.network.output)
        if top in self._places:
            return []
        self._places[top] = {}
        return self._made(top, self._needed[top])

    def place(self, bundle: Channel) -> Span:
        """Return where the product of a bundle is."""
        return self._places[bundle.sender(self._coder.network.output)][bundle.target]

    def _made(self, top: str, bundles: list[Channel]) -> list[Call]:
        network, place, code = self._coder.network, self._places[top], list[Call]()
        between = nx.ancestors(self._graph, top) & self._above({b.target for b in bundles})
        own = {b.target: b for b in reversed(bundles)}
        for population in reversed(network.forward_order):
            if population in between:
                place[population] = self._new(top, population, own.get(population), bundles[0])
                code.append(call(matrices.clear_values, out=place[population]))
                for forward in network.forward_at.out_of(population):
                    if forward.target in between | {top}:
                        code += _product_step(self._coder, forward, place)
        return code

    def _above(self, targets: set[str]) -> set[str]:
        """Return some populations and all that they lead to."""
        found = set(targets)
        for population in self._coder.network.forward_order:
            if population in found:
                found.update(self._graph.successors(population))
        return found

    def _new(self, top: str, population: str, own: Channel | None, first: Channel) -> Span:
        """Reserve the place of a product: that of the weights where they are just this."""
        coder, key = self._coder, channel_key((own or first).name)
        if own and own.edges.weights == "tied_product" and key not in coder.edges:
            return effective_weights(coder, own)
        shape = coder.network.size(top), coder.network.size(population)
        return coder.memory.scratch_span(f"product:{top} at {population}", key, shape)


def _takes_product(coder: Coder, bundle: Channel) -> bool:
    """Tell whether the weights of a bundle, or their signs, are those of a product."""
    kind = bundle.edges.weights
    if not kind.startswith("concordant"):
        return kind == "tied_product"
    return kept_weights(coder.network, mirror(coder.network, bundle)) not in coder.memory.values


def _product_code(coder: Coder, bundle: Channel, products: _Products) -> list[Call]:
    """Make a bundle's weights a product of the forward ones, or the part that its edges are."""
    code, made = products.code(bundle), products.place(bundle)
    listed, out = coder.edges.get(channel_key(bundle.name)), effective_weights(coder, bundle)
    if made == out:
        return code
    if listed:
        positions = listed.sources * np.uint32(listed.n_target) + listed.receivers
    else:
        positions = np.arange(out.n, dtype=np.uint32)
    return [*code, _take(coder, bundle, made, positions)]


def _product_step(
    coder: Coder, forward: Bundle[ForwardEdges], place: dict[str, Span]
) -> list[Call]:
    """P(source) += P(target) W', where P of the last one, which is not placed, is 1."""
    made = joined(coder, forward)
    if made:
        return _past_windows(coder, forward, made, place)
    key = kept_weights(coder.network, forward.name)
    weight, out, above = coder.memory.values[key], place[forward.source], place.get(forward.target)
    edges = coder.wires(key) if key in coder.edges else {}
    if above is None:
        if edges:
            return [call(sparse.transpose_edges, weight=weight, out=out, **edges)]
        return [call(matrices.transpose, weight=weight, out=out)]
    multiply = sparse.multiply_edges_tied if edges else blas.multiply_tied
    return [call(multiply, factor=above, weight=weight, product=out, **edges)]


def _past_windows(
    coder: Coder, forward: Bundle[ForwardEdges], made: Geometry, place: dict[str, Span]
) -> list[Call]:
    """Do the same against a convolution, local windows or means of a pool."""
    key, out, code = kept_weights(coder.network, forward.name), place[forward.source], []
    above = place.get(forward.target)
    if above is None:
        n = coder.network.size(forward.target)
        above = coder.memory.scratch_span(f"{out.owner} at the top", out.owner, (n, n))
        code.append(call(window_products.set_identity, out=above))
    ends = {"factor": above, "product": out, "window": window_of(coder, made, key)}
    if made.kind == "mean":
        return [*code, call(window_products.multiply_means_tied, **ends)]
    weight = coder.memory.values[key]
    return [*code, call(window_products.multiply_windows_tied, weight=weight, **ends)]
