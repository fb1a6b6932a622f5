"""Limits that leave nothing, or only one level, of what the first batch sends or receives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from neurochannel.model.bundles import AnyBundle
from neurochannel.model.limits import Limits
from neurochannel.observe.lint.finding import Finding, error, warning
from neurochannel.observe.lint.first_batch import FirstBatch

RARE = 0.01
"""Smallest fraction of messages by chance that should be other than 0."""
N_DRAWS = 16
"""Updates whose draws are looked at, since a single small batch tells little of a chance."""


PLURALS = {
    "message": "messages",
    "activity": "activities",
    "sum that it receives": "sums that it receives",
}
"""What passes, one and many."""


class Passage(NamedTuple):
    """A place where numbers are limited: its limits, numbers before, and after at some updates."""

    where: str
    limits: Limits
    raw: np.ndarray
    came: list[np.ndarray]
    what: str


def message_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find limits that do not fit the messages that they get, or the sums that arrive."""
    for passage in [*_activities(probe), *_messages(probe), *_sums(probe)]:
        limits, chosen = passage.limits, passage.raw != 0
        sent, came = passage.raw[chosen], [after[chosen] for after in passage.came]
        if limits.draws:
            yield from _rare(passage, sent, np.stack(came))
        else:
            yield from _single_level(passage, sent, came[0])


def _messages(probe: FirstBatch) -> Iterator[Passage]:
    sent = probe.signals or {}
    yield from _passages(probe.network.channel_bundles, sent, probe.messages, "message")


def _activities(probe: FirstBatch) -> Iterator[Passage]:
    """Yield the activity of forward bundles; where nothing is finite, nothing is said of it."""
    if probe.signals is not None:
        sent, bundles = probe.activity, probe.network.forward_bundles
        yield from _passages(bundles, sent, probe.activities, "activity")


def _passages(
    bundles: Sequence[AnyBundle],
    sent: Mapping[str, np.ndarray],
    arriving: Callable[[int], Mapping[str, np.ndarray]],
    what: str,
) -> Iterator[Passage]:
    """Yield what bundles do to numbers by the names of their sources."""
    limited = [(bundle, bundle.edges.message, sent.get(bundle.source)) for bundle in bundles]
    chosen = [
        (bundle, limits, raw)
        for bundle, limits, raw in limited
        if limits is not None and limits.active and raw is not None and np.any(raw)
    ]
    if not chosen:
        return
    arrived = [arriving(0)]
    if any(limits.draws and _may_be_rare(arrived[0][b.name], raw) for b, limits, raw in chosen):
        arrived += [arriving(update) for update in range(1, N_DRAWS)]
    for bundle, limits, raw in chosen:
        came = [numbers[bundle.name] for numbers in arrived]
        yield Passage(f"{bundle.where} {bundle.name}", limits, raw, came, what)


def _may_be_rare(came: np.ndarray, raw: np.ndarray) -> bool:
    """Tell whether less than `RARE` may arrive in all draws, given what did in the first one."""
    return float(np.mean(came[raw != 0] != 0)) < N_DRAWS * RARE


def _sums(probe: FirstBatch) -> Iterator[Passage]:
    for name in probe.network.channel_order if probe.signals else ():
        limits = probe.network.populations[name].receive
        if limits is None or not limits.active:
            continue
        seen = [probe.received(name, update) for update in range(N_DRAWS if limits.draws else 1)]
        raw = seen[0][0]
        if np.any(raw):
            came = [after for _, after in seen]
            yield Passage(f"populations.{name}", limits, raw, came, "sum that it receives")


def _range(sent: np.ndarray) -> str:
    low, high = np.abs(sent).min(), np.abs(sent).max()
    return f"magnitudes from {low:.2g} to {high:.2g} at the start"


def _single_level(passage: Passage, sent: np.ndarray, came: np.ndarray) -> Iterator[Finding]:
    where, limits, _, _, what = passage
    levels, setting = np.unique(came), limits.text
    remedy = limits.remedy(float(np.abs(sent).max()))
    if not np.any(levels):
        text = f"rounds every {what} to 0 ({_range(sent)}, {setting}), so nothing arrives; {remedy}"
        yield error(where, text)
        return
    if len(sent) == 1 or len(np.unique(sent)) == 1:
        return
    if len(levels) == 1:
        yield warning(
            where,
            f"rounds every {what} to {levels[0]:g} ({_range(sent)}, {setting}), "
            f"so it tells nothing; {remedy}",
        )
    elif not limits.only_signs and len(np.unique(np.abs(levels))) == 1:
        yield warning(
            where,
            f"rounds every {what} to ±{abs(levels[0]):g} ({_range(sent)}, {setting}), so that "
            f"only its sign is left; {remedy}",
        )


def _rare(passage: Passage, sent: np.ndarray, came: np.ndarray) -> Iterator[Finding]:
    where, limits = passage.where, passage.limits
    plural = PLURALS[passage.what]
    chance = float(np.mean(came != 0))
    if chance < RARE:
        yield warning(
            where,
            f"turns all but {chance:.2%} of the {plural} to 0 ({_range(sent)}, {limits.text}); "
            f"{limits.remedy(float(np.abs(sent).max()))}",
        )
