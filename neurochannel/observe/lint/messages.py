"""Limits that leave nothing, or only one level, of the messages of the first batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.compiler.channel import QUANTIZERS
from neurochannel.kernels import message as kernels
from neurochannel.model.constraints import Message
from neurochannel.observe.lint.finding import Finding, error, warning
from neurochannel.observe.lint.probe import Probe

RARE = 0.01
"""Smallest fraction of stochastic messages that should be other than 0."""

_PARTS = {"all": kernels.ALL, "sign": kernels.SIGN, "magnitude": kernels.MAGNITUDE}


def message_findings(probe: Probe) -> Iterator[Finding]:
    """Find channel bundles whose bits and scale do not fit the messages that they get."""
    signals = probe.signals or {}
    for bundle in probe.network.channel_bundles:
        limits, raw = bundle.edges.message, signals.get(bundle.source)
        if limits is None or limits.bits is None or raw is None or not np.any(raw):
            continue
        where, sent = f"{bundle.where} {bundle.name}", raw.ravel()[raw.ravel() != 0]
        if limits.quantizer == "stochastic":
            yield from _rare(limits, sent, where)
        else:
            yield from _single_level(limits, sent, where)


def quantized(limits: Message, numbers: np.ndarray) -> np.ndarray:
    """Return what the physical channel leaves of numbers, by the engine's own kernels."""
    kept, out = np.empty_like(numbers), np.empty_like(numbers)
    kernels.keep_part(numbers, kept, _PARTS[limits.keep], limits.scale)
    kind, zero = QUANTIZERS[limits.quantizer], np.uint64(0)
    kernels.quantize(kept, out, kind, limits.bits or 0, limits.scale, zero, zero, zero)
    return out


def _range(sent: np.ndarray) -> str:
    low, high = np.abs(sent).min(), np.abs(sent).max()
    return f"magnitudes from {low:.2g} to {high:.2g} at the start"


def _single_level(limits: Message, sent: np.ndarray, where: str) -> Iterator[Finding]:
    levels = np.unique(quantized(limits, sent))
    remedy = f"choose a scale near the largest message, {np.abs(sent).max():.2g}, or more bits"
    setting = f"{limits.bits} bits at a scale of {limits.scale:g}"
    if not np.any(levels):
        text = (
            f"rounds every message to 0 ({_range(sent)}, {setting}), so nothing arrives; {remedy}"
        )
        yield error(where, text)
        return
    if len(sent) == 1 or len(np.unique(sent)) == 1:
        return
    if len(levels) == 1:
        yield warning(
            where,
            f"rounds every message to {levels[0]:g} ({_range(sent)}, {setting}), "
            f"so it tells nothing; {remedy}",
        )
    elif limits.bits != 1 and limits.keep != "sign" and len(np.unique(np.abs(levels))) == 1:
        yield warning(
            where,
            f"rounds every message to ±{abs(levels[0]):g} ({_range(sent)}, {setting}), so that "
            f"only its sign is left; {remedy}",
        )


def _rare(limits: Message, sent: np.ndarray, where: str) -> Iterator[Finding]:
    assert limits.bits is not None
    steps = (2 ** (limits.bits - 1) - 1) / limits.scale
    chance = float(np.mean(np.minimum(np.abs(sent) * steps, 1)))
    if limits.keep != "sign" and chance < RARE:
        yield warning(
            where,
            f"rounds all but {chance:.2%} of the messages to 0 ({_range(sent)}, {limits.bits} bits "
            f"at a scale of {limits.scale:g}); choose a scale near the largest message, "
            f"{np.abs(sent).max():.2g}, or more bits",
        )
