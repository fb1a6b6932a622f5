"""Limits that leave nothing, or only one level, of the messages of the first batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.model.limits import Limits
from neurochannel.observe.lint.finding import Finding, error, warning
from neurochannel.observe.lint.first_batch import FirstBatch

RARE = 0.01
"""Smallest fraction of messages by chance that should be other than 0."""
N_DRAWS = 16
"""Updates whose draws are looked at, since a single small batch tells little of a chance."""


def message_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find channel bundles whose limits do not fit the messages that they get."""
    limited = [
        (bundle, bundle.edges.message, (probe.signals or {}).get(bundle.source))
        for bundle in probe.network.channel_bundles
    ]
    chosen = [
        (bundle, limits, raw)
        for bundle, limits, raw in limited
        if limits is not None and limits.active and raw is not None and np.any(raw)
    ]
    if not chosen:
        return
    draws = N_DRAWS if any(limits.draws for _, limits, _ in chosen) else 1
    arrived = [probe.messages(update) for update in range(draws)]
    for bundle, limits, raw in chosen:
        where = f"{bundle.where} {bundle.name}"
        sent, came = raw[raw != 0], [messages[bundle.name][raw != 0] for messages in arrived]
        if limits.draws:
            yield from _rare(limits, sent, np.stack(came), where)
        else:
            yield from _single_level(limits, sent, came[0], where)


def _range(sent: np.ndarray) -> str:
    low, high = np.abs(sent).min(), np.abs(sent).max()
    return f"magnitudes from {low:.2g} to {high:.2g} at the start"


def _single_level(
    limits: Limits, sent: np.ndarray, came: np.ndarray, where: str
) -> Iterator[Finding]:
    levels, setting = np.unique(came), limits.text
    remedy = limits.remedy(float(np.abs(sent).max()))
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
    elif not limits.only_signs and len(np.unique(np.abs(levels))) == 1:
        yield warning(
            where,
            f"rounds every message to ±{abs(levels[0]):g} ({_range(sent)}, {setting}), so that "
            f"only its sign is left; {remedy}",
        )


def _rare(limits: Limits, sent: np.ndarray, came: np.ndarray, where: str) -> Iterator[Finding]:
    chance = float(np.mean(came != 0))
    if chance < RARE:
        yield warning(
            where,
            f"rounds all but {chance:.2%} of the messages to 0 ({_range(sent)}, {limits.text}); "
            f"{limits.remedy(float(np.abs(sent).max()))}",
        )
