"""The results of a study as a page's script takes them: axes, settings, outcomes and curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.plot.row_groups import is_share, quantity_of, with_error
from neurochannel.reports.folder_summary import Findings
from neurochannel.study.folder import Row
from neurochannel.study.frames import as_text, group_rows, is_numeric, values_of
from neurochannel.study.result_frames import axes_of
from neurochannel.study.statistics import STATUSES, summary

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_OUTCOMES = 24
MOST_SETTINGS = 3000
MOST_NUMBERS = 300_000
"""Numbers of all curves together; there are fewer epochs in longer ones."""
LOGARITHMIC = 30.0
"""From the smallest to the largest value of an axis, from which on it is logarithmic."""
LEFT_OUT = ("epoch", "updates")


def study_data(found: Findings) -> dict[str, Any]:
    """Return everything that the charts and the table of a study show.

    Keys: "axes", each with its "values" in order; "outcomes"; "settings", which hold places of
    values "at" each axis, and for each outcome n, mean and interval, or null; "quantities",
    "epochs" and "points", the curves: of each point its setting, seed, and places of quantity and
    epochs with values.
    """
    axes = axes_of(found.frame)
    setting, first = group_rows(found.frame, axes)
    kept = first[:MOST_SETTINGS]
    places = [_axis(found.frame, name) for name in axes]
    head = found.frame.iloc[kept]
    columns = [_places_of(head[axis["name"]].tolist(), axis["values"]) for axis in places]
    names = _outcomes(found)
    means = {name: _means(found.frame, name, axes)[: len(kept)] for name in names}
    lost = summary(found.frame, found.outcome, axes)
    counts = [lost[status].tolist()[: len(kept)] for status in (*STATUSES, "unmeasured")]
    settings = [
        {
            "at": [column[number] for column in columns],
            "lost": [count[number] for count in counts],
            "stats": [means[name][number] for name in names],
        }
        for number in range(len(kept))
    ]
    return {
        "axes": places,
        "outcomes": [{"name": name, "label": quantity_of(name).label} for name in names],
        "start": names.index(found.outcome) if found.outcome in names else 0,
        "settings": settings,
        **_curves(found.rows, setting.tolist(), len(kept)),
    }


def _axis(frame: DataFrame, name: str) -> dict[str, Any]:
    values = values_of(frame, name)
    numeric = is_numeric(frame, name)
    if numeric:
        values = sorted(value for value in values if not math.isnan(value))
        low, high = (values[0], values[-1]) if values else (0, 0)
        log = low > 0 and high / low >= LOGARITHMIC
        return {"name": name, "values": values, "numeric": len(values) > 1, "log": log}
    words = list(dict.fromkeys(as_text(value) or "none" for value in values))
    return {"name": name, "values": words, "numeric": False, "log": False}


def _places_of(cells: list[Any], values: list[Any]) -> list[int | None]:
    at = {value: place for place, value in enumerate(values)}
    return [at.get(cell, at.get(as_text(cell) or "none")) for cell in cells]


def _outcomes(found: Findings) -> list[str]:
    """Return the names of all outcomes that a point has, the study's first ones first."""
    frame, axes = found.frame, axes_of(found.frame)
    known = [name for name in map(str, frame.columns) if name not in (*axes, "seed", "point")]
    measured = [
        name for name in known if is_numeric(frame, name) and np.isfinite(frame[name]).any()
    ]
    errors = [f"{split}_error" for split in ("test", "train") if f"{split}_accuracy" in measured]
    return list(dict.fromkeys([*measured[:MOST_OUTCOMES], *errors]))


def _means(frame: DataFrame, outcome: str, axes: list[str]) -> list[list[Any] | None]:
    rows = summary(with_error(frame, outcome), outcome, axes).to_dict("records")
    return [_stats(row, share=is_share(outcome)) if row["n"] else None for row in rows]


def _stats(row: dict[Any, Any], *, share: bool) -> list[Any]:
    """Return n, mean and interval; intervals of shares end at 0 and 100 %."""
    n, mean, low, high = row["n"], row["mean"], row["low"], row["high"]
    if not share:
        return [n, mean, low, high]
    ends = [100.0 * max(low, min(mean, 0.0)), 100.0 * min(high, max(mean, 1.0))]
    return [n, 100.0 * mean, *(ends if n > 1 else (math.nan, math.nan))]


def _curves(rows: Sequence[Row], setting: list[int], n_settings: int) -> dict[str, Any]:
    shown = [
        (row, number) for row, number in zip(rows, setting, strict=True) if number < n_settings
    ]
    found = [(row, number, list(_series(row))) for row, number in shown]
    total = sum(len(values) for _, _, series in found for _, _, values in series)
    every = max(1, math.ceil(total / MOST_NUMBERS))
    quantities: dict[str, int] = {}
    times: dict[tuple[int, ...], int] = {}
    points = []
    for row, number, series in found:
        curves = []
        for name, epochs, values in series:
            kept = [i for i in range(len(epochs)) if i % every == 0 or i == len(epochs) - 1]
            quantity = quantities.setdefault(name, len(quantities))
            time = times.setdefault(tuple(epochs[i] for i in kept), len(times))
            curves.append([quantity, time, [values[i] for i in kept]])
        points.append({"s": number, "seed": str(row["seed"]), "curves": curves})
    labels = [{"name": name, "label": quantity_of(name).label} for name in quantities]
    return {"quantities": labels, "epochs": [list(each) for each in times], "points": points}


def _series(row: Row) -> Iterator[tuple[str, list[int], list[float]]]:
    """Yield what was measured of a point over epochs, and when; shares in percent."""
    epochs = row["curves"].get("epoch", [])
    for name, values in row["curves"].items():
        if name not in LEFT_OUT:
            scale = 100.0 if is_share(name) else 1.0
            yield from _finite(name, epochs, [scale * value for value in values])
    for name, series in row.get("observations", {}).items():
        if all(isinstance(value, int | float) for value in series["values"]):
            yield from _finite(name, series["epochs"], series["values"])


def _finite(
    name: str, epochs: Sequence[float], values: Sequence[float]
) -> Iterator[tuple[str, list[int], list[float]]]:
    known = [(int(e), v) for e, v in zip(epochs, values, strict=False) if math.isfinite(v)]
    if known:
        yield name, [e for e, _ in known], [v for _, v in known]
