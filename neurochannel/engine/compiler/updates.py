"""Changes of weights and biases: they read activities, signals and their own old values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.devices_code import (
    around,
    by_trains,
    side_at,
    train_call,
    train_operands,
)
from neurochannel.engine.compiler.joined_code import joined_changes
from neurochannel.engine.compiler.joining import Member
from neurochannel.engine.compiler.limits import (
    TRAINING,
    activity_falls_silent,
    activity_place,
    example_change,
    message_falls_silent,
    message_place,
    shared_example_change,
    wire_operands,
)
from neurochannel.engine.compiler.made_changes import Made, Rule, change_calls
from neurochannel.engine.compiler.shared_ends import (
    is_summed,
    joined_ends,
    limited_together,
    summed_signals,
)
from neurochannel.engine.compiler.shares import WHOLE, RowRange, Share
from neurochannel.engine.compiler.window_calls import by_map, joined, opposite, window_of
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.memory import Column, Span
from neurochannel.engine.parameters import bias_may_learn, bias_of, device_rules
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import channel_key, weights_key
from neurochannel.kernels import (
    blas,
    dense,
    local_windows,
    map_sums,
    marks,
    pixels,
    windows,
    wires,
)
from neurochannel.kernels.declare import Kernel
from neurochannel.kernels.examples import BIAS, EDGES, PIXELS, ROWS
from neurochannel.kernels.pulses import LOCAL
from neurochannel.kernels.shared_examples import (
    update_local_by_example,
    update_shared_edges_by_example,
    update_windows_by_example,
)
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Bundle
from neurochannel.model.populations import Bias


def update_code(coder: Coder, share: Share = WHOLE) -> list[Call]:
    """dW = r * Q(O)' R / batch, db = r * mean(R); adaptive dC = r * Q(message)' O / batch.

    r = rate * rate_factor. Values that decay lose their part before anything is added. The changes
    that several bundles make of what they share are added up before anything is done with them.

    Parameters
    ----------
    share
        Of each bundle only the sources, and of each bias only the neurons, that fall to it.
    """
    network, joined = coder.network, coder.joined.changing
    made: list[Made] = []
    for forward in network.forward_bundles:
        if weights_key(forward.name) in joined:
            continue
        if forward.edges.learn and not forward.edges.pool and coder.learns(forward.target):
            several = limited_together(coder, forward)
            if several[:1] == [forward]:
                made.append(_shared(coder, several, share))
            elif not several:
                made.append(_weights(coder, forward, share))
    for population in network.forward_order:
        bias = bias_of(network, population)
        if bias and coder.learns(population) and bias_may_learn(network, population):
            one = _bias(coder, population, bias, share)
            if not (is_summed(coder, one.key) and one.key in {other.key for other in made}):
                made.append(one)
    for bundle in network.channel_bundles:
        if bundle.edges.weights == "adaptive" and channel_key(bundle.name) not in joined:
            made.append(_adaptive(coder, bundle, share))
    together: dict[str, list[Made]] = {}
    for one in made:
        together.setdefault(one.key, []).append(one)
    code = [*joined_changes(coder, "weights", share), *joined_changes(coder, "channel", share)]
    code += [call for several in together.values() for call in change_calls(coder, several)]
    return code + _aging(
        coder, {place.owner for one in code for place in one.places.values()}, share
    )


def _aging(coder: Coder, changed: set[str], share: Share) -> list[Call]:
    """Return the calls by which devices leak and drift whose weights do not change."""
    code = []
    for key, synapse in device_rules(coder.network):
        if key not in changed and (synapse.leak is not None or synapse.drift):
            rows = share.of(coder.memory.values[key].shape[0])
            if rows.n > 0:
                code += around(coder, key, synapse, rows, [], [call(marks.mark_all, m=1)])
    return code


def _weights(coder: Coder, bundle: Bundle[ForwardEdges], share: Share) -> Made:
    key, signal = kept_weights(coder.network, bundle.name), coder.signal(bundle.target)
    images = joined(coder, bundle)
    if images:
        return _windows(coder, key, bundle, images, (activity_place(coder, bundle), signal), share)
    if coder.reads_pixels(bundle):
        rows = share.of(coder.memory.values[key].shape[0])
        how = _How(coder, key, bundle.edges, pixels.update_pixels, PIXELS, rows)
        update = _update(how, signal=signal, first=rows.first)
        mark = call(marks.mark_pixels, first=rows.first, rows=rows.n)
        mark = _marking(coder, bundle.edges, rows, mark)
        return Made(key, bundle.edges, bundle.target, rows, update, mark)
    silent, source = activity_falls_silent(coder, bundle), activity_place(coder, bundle)
    wires_of = weights_key(bundle.name)
    lossy = wire_operands(coder, bundle, wires_of, f"{TRAINING}:{bundle.name}")
    return _outer(coder, key, bundle, (source, signal, silent), share, lossy)


def _adaptive(coder: Coder, bundle: Bundle[ChannelEdges], share: Share) -> Made:
    key, activity = channel_key(bundle.name), coder.adapted(bundle.target)
    message, silent = message_place(coder, bundle), message_falls_silent(coder, bundle)
    made = opposite(coder, bundle)
    if made:
        return _windows(coder, key, bundle, made, (activity, message), share)
    if bundle.edges.shared == "maps":
        activity = by_map(coder, bundle, "summed")
    lossy = wire_operands(coder, bundle, key, f"message:{bundle.name}")
    return _outer(coder, key, bundle, (message, activity, silent), share, lossy)


def _windows(
    coder: Coder,
    key: str,
    bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges],
    made: Geometry,
    ends: tuple[Column, Column],
    share: Share,
) -> Made:
    """weight += factor * what lies in each window times what comes to or from its position.

    Parameters
    ----------
    ends
        The numbers of the image and those of the positions.
    """
    rows, local = share.of(made.rows), made.kind == "local"
    kernel = local_windows.update_local if local else windows.update_windows
    by_example = update_local_by_example if local else update_windows_by_example
    operands: dict[str, Any] = {"source": ends[0], "signal": ends[1], "first": rows.first}
    operands["window"] = window_of(coder, made, key)
    form = LOCAL if local and by_trains(bundle.edges.synapse) else ROWS
    if form == LOCAL:
        operands |= train_operands(coder, key, made, rows, against=key == channel_key(bundle.name))
    how = _How(coder, key, bundle.edges, kernel, form, rows, by_example=by_example)
    update = _update(how, **operands)
    mark = call(marks.mark_all, m=rows.n)
    return Made(key, bundle.edges, bundle.target, rows, update, mark)


def _shared(coder: Coder, several: Sequence[Bundle[ForwardEdges]], share: Share) -> Made:
    """Do for all bundles that share weights at once what is done for each example."""
    bundle = several[0]
    key, ends = kept_weights(coder.network, bundle.name), joined_ends(coder, several)
    members = tuple(
        Member(weights_key(b.name), b.source, _wires(coder, key, b), coder.network.size(b.source))
        for b in several
    )
    if key in coder.edges:
        made = _edges(coder, key, bundle, ends, share, None, len(several))
    else:
        n_sources, n_targets = (coder.network.size(name) for name in bundle.ends)
        point = Geometry("conv", (1, 1, n_sources), (1, 1, n_targets), (1, 1), (1, 1))
        made = _windows(coder, key, bundle, joined(coder, bundle) or point, ends, share)
    return made._replace(update=lambda place: replace(made.update(place), members=members))


def _wires(coder: Coder, key: str, bundle: Bundle[ForwardEdges]) -> int:
    images, listed = joined(coder, bundle), coder.edges.get(key)
    if images:
        return images.n_wires
    return listed.n_edges if listed else coder.memory.values[key].n


def _outer(
    coder: Coder,
    key: str,
    bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges],
    ends: tuple[Column, Column, bool],
    share: Share,
    lossy: dict[str, Any] | None = None,
) -> Made:
    """weight += factor * source' signal, over the edges of a bundle.

    Parameters
    ----------
    ends
        source, signal, and whether many sources may be exactly 0.
    lossy
        What kernels need for wires that lose what the source sends.
    """
    source, signal, silent = ends
    if key in coder.edges:
        return _edges(coder, key, bundle, (source, signal), share, lossy)
    rows = share.of(source.width)
    kernel = dense.update_active_rows if silent else dense.update_rows
    kernel = blas.update_gemm if coder.paths.gemm else kernel
    operands: dict[str, Any] = {"source": source, "signal": signal, "first": rows.first}
    if lossy:
        kernel, operands = wires.update_lossy_rows, operands | lossy
    mark = call(marks.mark_rows, source=source, first=rows.first, rows=rows.n)
    mark = _marking(coder, bundle.edges, rows, mark, silent)
    update = _update(_How(coder, key, bundle.edges, kernel, ROWS, rows), **operands)
    return Made(key, bundle.edges, bundle.target, rows, update, mark)


def _marking(
    coder: Coder, rule: ForwardEdges | ChannelEdges, rows: RowRange, mark: Call, silent: bool = True
) -> Call:
    """Return the call that marks rows which may have changed: all, where that is cheaper.

    It is for devices, whose kernels skip rows of changes that are 0, where few sources are silent
    in all of many examples. Stuck wires speak where their source is silent.
    """
    stuck = rule.message and rule.message.stuck and rule.message.per == "wire"
    if stuck or (rule.synapse and (coder.paths.gemm or not silent)):
        return call(marks.mark_all, m=rows.n)
    return mark


def _edges(
    coder: Coder,
    key: str,
    bundle: Bundle[ForwardEdges] | Bundle[ChannelEdges],
    ends: tuple[Column, Column],
    share: Share,
    lossy: dict[str, Any] | None,
    bundles: int = 1,
) -> Made:
    """Do the same over single edges, whose weights are those of some sources in one stretch.

    Parameters
    ----------
    bundles
        How many share them, whose ends lie side by side.
    """
    start = coder.edges[key].start
    if lossy:
        kernel, listing = wires.update_lossy_edges, coder.wires(key) | lossy
    else:
        kernel, listing = coder.over_edges("update", key)
    sources, listed = share.of_sources(start)
    operands = listing | {
        "source": ends[0],
        "signal": ends[1],
        "start": listing["start"].rows(sources.first, sources.n + 1),
        "first": sources.first,
        "rows": sources.n,
        "edges": len(coder.edges[key].receivers),
    }
    how = _How(coder, key, bundle.edges, kernel, EDGES, None)
    if bundles > 1:
        how = how._replace(by_example=update_shared_edges_by_example)
        operands["bundles"] = bundles
    update = _update(how, **operands)

    def of_all(out: Span) -> Call:
        return update(replace(out, start=out.start - listed.first))

    mark = call(marks.mark_all, m=1)
    return Made(key, bundle.edges, bundle.target, listed, of_all, mark)


def _bias(coder: Coder, population: str, bias: Bias, share: Share) -> Made:
    key, signal = kept_biases(coder.network, population), coder.signal(population)
    n = coder.memory.values[key].n
    if is_summed(coder, key):
        signal = summed_signals(coder, key)
    rows, shared = share.of(n), n < signal.width
    kernel = map_sums.update_bias_maps if shared else dense.update_bias
    how = _How(coder, key, bias, kernel, BIAS, rows, "bias")
    update = _update(how, signal=signal, first=rows.first, **({"maps": n} if shared else {}))
    return Made(key, bias, population, rows, update, call(marks.mark_all, m=1))


class _How(NamedTuple):
    """How changes are made.

    Parameters
    ----------
    kernel
        The one that adds them as they are.
    form
        Which kernel adds them where that of each example is limited, or makes pulses.
    rows
        Those that change; None where places are those of all.
    out
        What the first two call the place.
    by_example
        The one kernel for all limits of the change of an example, where weights have many wires.
    """

    coder: Coder
    key: str
    rule: Rule
    kernel: Kernel
    form: str
    rows: RowRange | None
    out: str = "weight"
    by_example: Kernel | None = None


def _update(made: _How, **operands: Any) -> Callable[[Span], Call]:
    """Return what gives the call that adds changes to a place."""
    rule, key = made.rule, made.key
    blocks = {name: operands.pop(name) for name in ("ends", "blocks") if name in operands}
    limits, operands = rule.update, {**operands, "rate_factor": rule.rate_factor}

    def update(place: Span) -> Call:
        if rule.synapse and by_trains(rule.synapse):
            rows, operands["weight"] = made.rows, place
            side = side_at(key, place)
            return train_call(made.coder, side, rule.synapse, made.form, rows, **operands)
        changed = {**operands, made.out: place}
        if limits and limits.by_example and made.by_example:
            changed |= _of_one_example(made) if "each" in made.by_example.arrays else {}
            return shared_example_change(key, limits, made.by_example, changed)
        if limits and limits.by_example:
            return example_change(key, limits, made.form, changed)
        return call(made.kernel, **changed, **blocks)

    return update


def _of_one_example(made: _How) -> dict[str, Span]:
    """Return the place of the change of one example, which is 0 before and after."""
    whole, rows = made.coder.memory.values[made.key], made.rows
    assert rows is not None
    name = f"change:{made.key} of an example"
    apart = made.coder.memory.scratch_span(name, made.key, whole.shape, whole.stride)
    return {"each": rows.of(apart)}
