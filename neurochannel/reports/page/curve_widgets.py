"""Charts of what runs have measured over epochs: losses, errors, angles, messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from neurochannel.plot.quantities import QUANTITIES
from neurochannel.plot.runs import Group, observations_of
from neurochannel.reports.blocks import Block, Paragraph, Widget

SECOND = "2 3"
"""Dashes of the training split where a chart shows both."""
GRAY = 7
MOST_LINES = 32
MOST_CHARTS = 24
"""Of one quantity, where each population or bundle has its own."""
MOST_POINTS = 1000
MOST_HISTOGRAMS = 40
MOST_SLIDES = 60
RIGHT_ANGLE = 90.0
EPOCH = "epoch"

OBSERVED = {
    "alignment": ("Angle of the changes to the gradient", "degrees"),
    "symmetry": ("Angle between channel weights and transposed forward weights", "degrees"),
    "signal": ("Norm of learning signals", "root mean square of |R|"),
    "activity": ("Norm of activity", "root mean square of |O|"),
    "saturation": ("Saturated neurons", "fraction"),
    "entropy": ("Entropy of messages", "bits"),
    "distance": ("Distance from the initial weights", "|W - W0|"),
    "relative distance": ("Distance from the initial weights, relative", "|W - W0| / |W0|"),
    "pulses": ("Pulses of a device in an update", "pulses"),
}
"""Title and unit of what observers measure, by the beginning of its name."""


def learning_widgets(groups: Sequence[Group]) -> Iterator[Widget]:
    """Yield a chart of loss and one of error, in both splits, where they were measured."""
    for name in ("loss", "error"):
        quantity, found = QUANTITIES[name], []
        for number, group in enumerate(groups):
            for split, field in quantity.series:
                epochs, values = group.curve(field)
                if len(epochs):
                    label = split if len(groups) == 1 else f"{group.label}, {split}"
                    one = _series(label, epochs, values, _hue(groups, number, split))
                    found.append({**one, "dash": SECOND} if split == "train" else one)
        if found:
            yield _lines(name, name.capitalize(), quantity.label, found, log=False)


def observed_widgets(groups: Sequence[Group], *prefixes: str) -> Iterator[Widget]:
    """Yield charts of what was observed under some words: one for each, or for each population.

    A single learner gets a chart with a line for each population or bundle; several get one for
    each of these with a line for each learner.
    """
    for prefix in prefixes:
        title, unit = OBSERVED[prefix]
        names = _observed(groups, prefix)
        angles = unit == "degrees"
        if len(groups) == 1:
            parts = [(title, prefix, [(groups[0], name, name) for name in names])]
        else:
            parts = [
                (f"{title}: {name}", f"{prefix}-{name}", [(g, name, g.label) for g in groups])
                for name in names
            ]
        for heading, key, wanted in parts[:MOST_CHARTS]:
            found = []
            if len(wanted) > MOST_LINES:
                heading += f": the first {MOST_LINES} of {len(wanted)}"
            for number, (group, name, label) in enumerate(wanted[:MOST_LINES]):
                epochs, values = group.observed(f"{prefix}: {name}")
                if len(epochs):
                    found.append(_series(label, epochs, values, number + (len(groups) == 1)))
            if found:
                log = None if angles else False
                mark = RIGHT_ANGLE if angles else None
                yield _lines(_slug(key), heading, unit, found, log=log, mark=mark)


def message_widgets(groups: Sequence[Group]) -> Iterator[Block]:
    """Yield a histogram of messages for each bundle of each learner, means over its seeds."""
    n = 0
    for number, group in enumerate(groups):
        for name in _observed([group], "messages"):
            data = _histogram(group, name)
            n += data is not None
            if data is None or n > MOST_HISTOGRAMS:
                continue
            title = name if len(groups) == 1 else f"{name}, {group.label}"
            shows = f"How often each message is sent over {title}, by epoch"
            key = _slug(f"messages-{number}-{name}")
            yield Widget("histogram", key, shows, {"title": title, **data})
    if n > MOST_HISTOGRAMS:
        yield Paragraph(f"... and {n - MOST_HISTOGRAMS:,} more bundles")


def _histogram(group: Group, name: str) -> dict[str, Any] | None:
    series = [observations_of(h).get(f"messages: {name}") for h in group.histories]
    whole = [one for one in series if one is not None and one.values.ndim == 2]
    if len(whole) < len(series) or any(one.labels != whole[0].labels for one in whole):
        return None
    common = sorted(set.intersection(*({int(e) for e in one.epochs} for one in whole)))
    if not common:
        return None
    epochs = [common[i] for i in _thinned(len(common), MOST_SLIDES)]
    rows = [[one.values[np.searchsorted(one.epochs, e)] for one in whole] for e in epochs]
    means = np.array([np.mean(row, axis=0) for row in rows])
    labels = whole[0].labels or tuple(map(str, range(means.shape[1])))
    used = np.flatnonzero(means.max(axis=0) > 0)
    low, high = (used[0], used[-1] + 1) if len(used) and len(labels) > 15 else (0, len(labels))
    return {
        "epochs": epochs,
        "labels": list(labels[low:high]),
        "values": means[:, low:high].tolist(),
        "entropy": [float(np.mean([_entropy(part) for part in row])) for row in rows],
    }


def _entropy(fractions: np.ndarray) -> float:
    used = fractions[fractions > 0]
    return 0.0 - float(used @ np.log2(used))


def _observed(groups: Sequence[Group], prefix: str) -> list[str]:
    head = f"{prefix}: "
    names = (name for group in groups for name in group.observations if name.startswith(head))
    return [name.removeprefix(head) for name in dict.fromkeys(names)]


def _series(label: str, epochs: np.ndarray, values: np.ndarray, hue: int) -> dict[str, Any]:
    """Return the mean of several runs over their range."""
    kept = _thinned(len(epochs), MOST_POINTS)
    epochs, values = epochs[kept], values[:, kept]
    several = len(values) > 1
    return {
        "name": label,
        "hue": hue,
        "x": epochs.tolist(),
        "y": values.mean(axis=0).tolist(),
        "low": values.min(axis=0).tolist() if several else None,
        "high": values.max(axis=0).tolist() if several else None,
    }


def _thinned(n: int, most: int) -> list[int]:
    """Return places among n, the first and the last among them, no more than `most`."""
    return (
        sorted({round(i * (n - 1) / (most - 1)) for i in range(most)}) if n > most else [*range(n)]
    )


def _hue(groups: Sequence[Group], number: int, split: str) -> int:
    if len(groups) > 1:
        return number
    return GRAY if split == "train" else 1


def _lines(
    name: str,
    title: str,
    unit: str,
    series: list[dict[str, Any]],
    *,
    log: bool | None,
    mark: float | None = None,
) -> Widget:
    data = {"title": title, "x": EPOCH, "y": unit, "log": log, "mark": mark, "series": series}
    return Widget("lines", name, f"{title} over epochs as curves", data)


def _slug(text: str) -> str:
    """Return a name without spaces."""
    return "".join(letter if letter.isalnum() or letter in "._" else "-" for letter in text)
