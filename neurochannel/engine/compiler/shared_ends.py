"""Both ends of weights on many wires, where the change of each example is limited after their sum.

What several bundles that share weights bring lies side by side, and the signals of all neurons
that have one bias are summed, before any change is made.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.limits import activity_place
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.memory import Column
from neurochannel.engine.parameters import bias_may_learn, bias_of
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import bias_key
from neurochannel.kernels import dense, map_sums
from neurochannel.model.network import Bundle, ForwardEdges

Forward = Bundle[ForwardEdges]


def limited_together(coder: Coder, bundle: Forward) -> list[Forward]:
    """Return the bundles whose changes of an example are limited as one; none if it is alone."""
    update, network = bundle.edges.update, coder.network
    if bundle.edges.share is None or update is None or not update.by_example:
        return []
    key = kept_weights(network, bundle.name)
    several = [
        other
        for other in network.forward_bundles
        if kept_weights(network, other.name) == key
        and other.edges.learn
        and coder.learns(other.target)
    ]
    return several if len(several) > 1 else []


def joined_ends(coder: Coder, several: Sequence[Forward]) -> tuple[Column, Column]:
    """Places of the activity and of the signals of bundles that share weights, side by side."""
    key = kept_weights(coder.network, several[0].name)
    sources, signals = _ends(coder, several)
    return _beside(coder, f"sources:{key}", sources), _beside(coder, f"signals:{key}", signals)


def summed_signals(coder: Coder, key: str) -> Column:
    """Place of the sum of the signals of all neurons that have one bias."""
    bias, owner = coder.memory.values[key], _biased(coder, key)[0]
    return coder.memory.column(f"summed:{key}", owner, bias.n, of_channel=True)


def is_summed(coder: Coder, key: str) -> bool:
    """Tell whether the signals of several neurons are summed for biases limited by example."""
    bias = bias_of(coder.network, key.removeprefix(bias_key("")))
    if bias is None or bias.update is None or not bias.update.by_example:
        return False
    populations = _biased(coder, key)
    wide = sum(coder.signal(name).width for name in populations)
    return bool(populations) and wide > coder.memory.values[key].n


def joining_code(coder: Coder) -> list[Call]:
    """Bring the ends side by side, and sum what biases learn from, once all signals are there."""
    code, done = list[Call](), set[str]()
    for bundle in coder.network.forward_bundles:
        several = limited_together(coder, bundle)
        if several and several[0] == bundle:
            for places, out in zip(_ends(coder, several), joined_ends(coder, several), strict=True):
                code += _put(places, out)
    for population in coder.network.forward_order:
        key = kept_biases(coder.network, population)
        if key in done or key not in coder.memory.values or not is_summed(coder, key):
            continue
        done.add(key)
        signals = [coder.signal(name) for name in _biased(coder, key)]
        whole = signals[0] if len(signals) == 1 else _beside(coder, f"signals:{key}", signals)
        if len(signals) > 1:
            code += _put(signals, whole)
        code.append(call(map_sums.sum_maps, source=whole, out=summed_signals(coder, key)))
    return code


def _ends(coder: Coder, several: Sequence[Forward]) -> tuple[list[Column], list[Column]]:
    return (
        [activity_place(coder, bundle) for bundle in several],
        [coder.signal(bundle.target) for bundle in several],
    )


def _biased(coder: Coder, key: str) -> list[str]:
    """Return the populations that learn the biases of a key."""
    network = coder.network
    return [
        name
        for name in network.forward_order
        if kept_biases(network, name) == key and bias_may_learn(network, name)
        if coder.learns(name)
    ]


def _beside(coder: Coder, name: str, places: Sequence[Column]) -> Column:
    width = sum(place.width for place in places)
    return coder.memory.column(name, places[0].owner, width, of_channel=True)


def _put(places: Sequence[Column], out: Column) -> list[Call]:
    code, first = [call(dense.clear, out=out)], 0
    for place in places:
        code.append(call(dense.add_part, source=place, total=out, first=first))
        first += place.width
    return code
