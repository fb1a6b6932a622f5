"""What excludes what in the description of a synapse, alone and with what changes its weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from neurochannel.model.device_numbers import brief
from neurochannel.model.device_presets import PRESETS
from neurochannel.model.problems import Problem, did_you_mean, listed, short
from neurochannel.model.synapse_fields import SynapseFields

_PARTNERS = {
    "step": ("pulses", "pulses_at_most", "update_management", "cycle_noise", "lognormal"),
    "step_spread": ("lognormal",),
    "cycle_noise": ("cycle",),
    "read_noise": ("read",),
    "soft": ("soft_spread", "soft_bound"),
    "bounds": ("bounds_spread", "pair"),
    "bits": ("range",),
    "stuck": ("stuck_range",),
    "leak": ("rest", "leak_spread"),
    "drift": ("t0", "drift_spread"),
    "pair": ("refresh",),
}
"""Keys that need another one."""
_MODELS: dict[str, tuple[str, ...]] = {
    "linear": ("soft",),
    "power": ("exponent",),
    "exponential": ("slope", "offset", "amplitude", "growth"),
    "saturating": ("curvature",),
}


def mistakes_of(synapse: SynapseFields) -> Iterator[Problem]:
    """Find what contradicts itself in the description of a synapse."""
    if synapse.preset is not None and synapse.preset not in PRESETS:
        near = did_you_mean(synapse.preset, PRESETS) or f"there are {listed(PRESETS)}"
        yield Problem(
            ("preset",),
            f"must be the name of a device, got {short(synapse.preset)}; {near}",
            frozenset({"preset"}),
        )
        return
    yield from _without_their_partner(synapse)
    yield from _of_other_models(synapse)
    yield from _of_bounds(synapse)
    yield from _of_pairs(synapse)
    if synapse.write_noise and synapse.bits is not None:
        yield _excluded("bits", "write_noise", "the weights that are read have no levels then")
    if synapse.bits is not None and synapse.range is None and synapse.bounds is None:
        yield _missing("range", "bits", "for example range = 1.0")


def _without_their_partner(synapse: SynapseFields) -> Iterator[Problem]:
    work, said = synapse.at_work, synapse.changed()
    for partner, keys in _PARTNERS.items():
        for key in keys:
            if key in said and partner not in work:
                yield Problem(
                    (key,),
                    f"must be left out without {partner}; remove it, or give {partner}",
                    frozenset({key, partner}),
                )


def _of_other_models(synapse: SynapseFields) -> Iterator[Problem]:
    work = synapse.at_work
    for model, keys in _MODELS.items():
        for key in keys:
            if key in work and synapse.model != model:
                yield Problem(
                    (key,),
                    f"must be left out for the model '{synapse.model}'; "
                    f'remove it, or write model = "{model}"',
                    frozenset({key, "model"}),
                )
    if synapse.model != "linear":
        for key in ("bounds", "step") if synapse.model == "saturating" else ("bounds",):
            if getattr(synapse, key) is None:
                yield _missing(key, "model", f'or write model = "linear", got "{synapse.model}"')


def _of_bounds(synapse: SynapseFields) -> Iterator[Problem]:
    if synapse.bounds is None:
        if synapse.soft != 0.0:
            yield _missing("bounds", "soft", "or remove soft: steps shrink towards a bound")
        return
    low, high = synapse.bounds
    if not low < high or low > 0 or high < 0:
        yield Problem(
            ("bounds",),
            f"must be a lower bound of at most 0 and an upper one of at least 0, not both 0, "
            f"got [{low:g}, {high:g}]; write for example [-1, 1]",
            frozenset({"bounds"}),
        )
    elif synapse.step is not None and synapse.step > high - low:
        yield Problem(
            ("step",),
            f"must be at most {high - low:g}, the distance of the bounds, got {synapse.step:g}; "
            "choose a smaller step or wider bounds",
            frozenset({"step", "bounds"}),
        )
    if synapse.model == "linear" and not synapse.pair and not (low and high):
        up, down = synapse.both("soft")
        if (up and not high) or (down and not low):
            yield Problem(
                ("soft",),
                "must be 0 towards a bound of 0, since steps shrink in proportion to it, got "
                f"{brief(synapse.soft)}; write soft = [1, 0] or [0, 1]",
                frozenset({"soft", "bounds"}),
            )


def _of_pairs(synapse: SynapseFields) -> Iterator[Problem]:
    """Find bounds of pairs that allow less than 0, and what devices that only grow have not."""
    if not synapse.pair:
        return
    if synapse.bounds is not None and synapse.bounds[0] != 0.0:
        low, high = synapse.bounds
        yield Problem(
            ("bounds",),
            f"must begin at 0 where a weight is a pair of devices that grow, got [{low:g}, "
            f"{high:g}]; write [0, {high:g}]",
            frozenset({"pair", "bounds"}),
        )
    for key in ("reference", "reference_spread"):
        if key in synapse.at_work:
            yield _excluded(key, "pair", "the other device of a pair is its reference")
    if "asymmetry" in synapse.at_work:
        yield _excluded("asymmetry", "pair", "both devices of a pair only grow")


def _missing(key: str, because: str, remedy: str) -> Problem:
    return Problem((key,), f"is missing; give it, {remedy}", frozenset({key, because}))


def _excluded(key: str, other: str, why: str) -> Problem:
    text = f"must be left out if {other} is given, because {why}; keep one of them"
    return Problem((key,), text, frozenset({key, other}))


STATIC = (
    *("bounds", "bounds_spread", "bits", "range", "stuck", "stuck_range"),
    *("write_noise", "read_noise", "read", "leak", "rest", "leak_spread"),
    *("drift", "t0", "drift_spread", "reference", "reference_spread", "pair"),
)
"""Fields that weights may have which do not learn: all that is not about changes."""


READING = ("bits", "range", "read_noise", "read")
"""Fields of weights that are not stored where they are read: how they are read."""


def mistakes_of_reading(synapse: SynapseFields, weights: str) -> Iterator[Problem]:
    """Find what the synapse of weights that are not stored by it says of more than reading them.

    Parameters
    ----------
    weights
        Their kind.
    """
    why = "are drawn at each step" if weights == "redrawn" else "read the forward weights backwards"
    for key in [key for key in synapse.at_work if key not in READING][:1]:
        where = ("synapse",) if synapse.preset else ("synapse", key)
        text = (
            f"must be left out for {weights} weights, which {why} and have read_noise and bits only"
        )
        yield Problem(where, f"{text}; remove it", frozenset({"weights", "synapse"}))


def mistakes_of_static(synapse: SynapseFields, reason: str, remedy: str) -> Iterator[Problem]:
    """Find what the synapse of weights that do not learn says of changes.

    Parameters
    ----------
    reason, remedy
        Parts of the sentence.
    """
    for key in [key for key in synapse.at_work if key not in STATIC][:1]:
        where = ("synapse",) if synapse.preset else ("synapse", key)
        whole = f", but the preset has a {key}" if synapse.preset else ""
        text = f"must be left out {reason}{whole}; {remedy}"
        yield Problem(where, text, frozenset({"learn", "weights", "synapse"}))


def trains_of_shared(synapse: SynapseFields | None, place: str) -> Iterator[Problem]:
    """Find pulses that each example sends to devices which hold what several share.

    Parameters
    ----------
    place
        Part of the sentence.
    """
    if synapse is None or not synapse.by_example:
        return
    alone = synapse.preset is not None and [*synapse.changed()] == ["preset"]
    remedy = f'{{ preset = "{synapse.preset}", pulses = "batch" }}' if alone else 'pulses = "batch"'
    yield Problem(
        ("synapse", "pulses"),
        f'must be "batch" or "exact" {place}, whose changes are added up first, got "example"; '
        f"write {remedy}",
        frozenset({"share", "synapse"}),
    )


def mistakes_of_network(synapse: SynapseFields, others: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what a synapse of a network may not have, alone and with other fields of its table.

    Parameters
    ----------
    others
        What is said of the changes of these weights.
    """
    stepping = synapse.step is not None or synapse.gains
    for key in ("momentum", "decay"):
        if stepping and others.get(key):
            yield Problem(
                (key,),
                "must be left out where synapses move by steps of their own, which a device has "
                "no memory for; remove it, or the step of the synapse",
                frozenset({key, "synapse"}),
            )
    message = others.get("message")
    if synapse.by_example and message is not None and message.loss and message.per == "wire":
        yield Problem(
            ("message", "per"),
            'must be "message" where each example sends trains of pulses, which all wires of a '
            'source carry alike; write it, or pulses = "batch" in the synapse',
            frozenset({"message", "synapse"}),
        )
    update = others.get("update")
    if synapse.step is not None and update is not None:
        yield Problem(
            ("update",),
            "must be left out where synapses move by steps, which round each change; "
            "remove it, or the step of the synapse",
            frozenset({"update", "synapse"}),
        )
