"""What `neurochannel results` has found in a folder, in words and figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from neurochannel.errors import DataError, OptionError
from neurochannel.model.problems import listed
from neurochannel.plot.bands import study_curves
from neurochannel.plot.heat_maps import heat_map
from neurochannel.plot.outcomes import outcome as draw_outcome
from neurochannel.plot.row_groups import (
    MOST_GROUPS,
    axis_words,
    group_names,
    is_share,
    quantity_of,
    with_error,
)
from neurochannel.reports.blocks import Block, Document, Paragraph, Section, TableBlock
from neurochannel.study.folder import Row, StudyFolder, read_rows
from neurochannel.study.frames import as_text, group_rows, is_numeric, matches, values_of
from neurochannel.study.result_frames import axes_of, curves_of, outcomes_of
from neurochannel.study.statistics import STATUSES, IntervalName, summary
from neurochannel.study.variances import CHIPS, SPLIT, can_split, variance_split

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

FEW = 5
MOST_FIGURES = 24
"""Figures that one becomes."""
LISTED = 10
"""Lost points that are named one by one."""
LOST = (*STATUSES, "unmeasured")
TOO_NARROW = (
    f"a bootstrap of {FEW} seeds or fewer is too narrow, as it lies within what they gave; "
    "--interval t is right for so few"
)

OF_VARIANCES = (
    "standard deviations, and parts of the variance; the rest is what a seed does on one chip only"
)


@dataclass(frozen=True)
class Findings:
    """Outcomes and curves of a study, and how they are to be shown.

    Parameters
    ----------
    folder
        Where the study is.
    frame, curves
        One row for each point, and one for each point and epoch.
    outcome, by
        What is summed up, and the axes that tell rows apart.
    interval
        "t" or "bootstrap".
    n_points
        How many points the study has, finished or not.
    n_missing
        How many of them are not finished.
    rows
        The points of the frame as they were read.
    """

    folder: str
    frame: DataFrame
    curves: DataFrame
    outcome: str
    by: list[str]
    interval: IntervalName
    n_points: int
    n_missing: int
    rows: Sequence[Row] = ()

    @cached_property
    def summary(self) -> DataFrame:
        """One row for each setting."""
        return summary(self.frame, self.outcome, self.by, interval=self.interval)

    @cached_property
    def variances(self) -> DataFrame | None:
        """Where each setting's variance comes from; None without several chips and seeds."""
        if not can_split(self.frame):
            return None
        axes = [name for name in group_names(self.frame, None, []) if name != CHIPS]
        return variance_split(self.frame, self.outcome, axes)

    @property
    def lost(self) -> DataFrame:
        """Points that diverged or failed."""
        return self.frame[self.frame["status"].isin(STATUSES)]

    def to_dict(self) -> dict[str, Any]:
        """Return what scripts want to know."""
        names = [*axes_of(self.frame), "seed", "status", "reason"]
        split = {} if self.variances is None else {"variances": self.variances.to_dict("records")}
        return {
            "folder": self.folder,
            "outcome": self.outcome,
            "by": self.by,
            "interval": self.interval,
            "points": self.n_points,
            "missing": self.n_missing,
            "summary": self.summary.to_dict("records"),
            **split,
            "failures": self.lost[names].to_dict("records"),
        }

    def figures(
        self, against: str | None, *, apart: bool = True
    ) -> dict[str, Callable[[], Figure]]:
        """Return what can be drawn, by what is added to the name of its file.

        Parameters
        ----------
        apart
            Whether a figure of more lines than can be told apart becomes several, one for each
            value of an axis.

        Raises
        ------
        OptionError
            If the axis is none of the study, or nothing can be drawn.
        """
        if against and against not in axes_of(self.frame):
            raise OptionError(
                f"--against must be an axis of the study, got '{against}'; "
                f"they are {listed(axes_of(self.frame)) or 'none'}"
            )
        varying = [name for name in self.by if len(values_of(self.frame, name)) > 1]
        numeric = [name for name in varying if is_numeric(self.frame, name)]
        chosen = against or next(iter([*numeric, *varying]), None)
        found: dict[str, Callable[[], Figure]] = {}
        if chosen:
            rest = [name for name in self.by if name != chosen]
            draw = partial(draw_outcome, against=chosen, by=rest, interval=self.interval)
            for ending, part in _parts(self.frame, rest) if apart else [("", self.frame)]:
                found[ending] = partial(draw, part, self.outcome)
        if self.outcome in self.curves.columns:
            draw_curves = partial(study_curves, by=self.by, interval=self.interval)
            for ending, part in _parts(self.curves, self.by) if apart else [("", self.curves)]:
                found[f"_curves{ending}"] = partial(draw_curves, part, self.outcome)
        if len(varying) == 2 and numeric:
            x = chosen if chosen in varying else varying[0]
            y = next(name for name in varying if name != x)
            found["_map"] = partial(heat_map, self.frame, self.outcome, x=x, y=y)
        if not found:
            raise OptionError(
                f"{self.folder} must vary an axis for a figure of {self.outcome}, got one setting; "
                "leave -o out"
            )
        return found


def _parts(frame: DataFrame, names: Sequence[str]) -> list[tuple[str, DataFrame]]:
    """Part a frame by the values of an axis so that each part has few enough lines for a figure.

    It is the axis of fewest values that is enough; what no axis alone can part stays whole.
    """
    counts = {name: len(values_of(frame, name)) for name in names}
    if len(group_rows(frame, names)[1]) > MOST_GROUPS:
        for name in sorted(counts, key=counts.__getitem__):
            values = values_of(frame, name)
            parts = [frame[matches(frame, name, value)] for value in values]
            if max(len(group_rows(part, names)[1]) for part in parts) <= MOST_GROUPS:
                return [
                    (f"_{_in_file(axis_words(name))}_{_in_file(as_text(value) or 'none')}", part)
                    for value, part in zip(values, parts, strict=True)
                ][:MOST_FIGURES]
    return [("", frame)]


def _in_file(text: str) -> str:
    """Return a text without what names of files cannot have."""
    return re.sub(r"[^\w.+-]+", "_", text)


def find(
    folder: str,
    outcome: str | None = None,
    by: str | None = None,
    conditions: Sequence[str] = (),
    interval: IntervalName = "t",
) -> Findings:
    """Read the folder of a study.

    Raises
    ------
    DataError
        If there is no study, or none of its points is finished.
    OptionError
        If the outcome or an axis is not among those of the study.
    """
    n_points = len(StudyFolder(folder).read_plan()["points"])
    rows = read_rows(folder)
    if not rows:
        raise DataError(
            f"{folder} must hold a finished point, got none of {n_points}; run the study first"
        )
    frame, curves = outcomes_of(rows), curves_of(rows)
    for condition in conditions:
        frame, curves = (_chosen(part, condition, frame) for part in (frame, curves))
    name = outcome or _first_measured(frame)
    if name is None:
        # Nothing was measured, which the counts of lost points tell.
        name = "test_accuracy"
        frame = frame.assign(**{name: np.nan})
    frame, curves = with_error(frame, name), with_error(curves, name)
    axes = None if by is None else [word.strip() for word in by.split(",") if word.strip()]
    for axis in axes or ():
        if axis not in axes_of(frame):
            raise OptionError(
                f"--by must name axes of the study, got '{axis}'; "
                f"they are {listed(axes_of(frame)) or 'none'}"
            )
    chosen = group_names(frame, axes, [])
    n_missing = n_points - len(rows)
    kept = [rows[number] for number in frame.index]
    found = Findings(folder, frame, curves, name, chosen, interval, n_points, n_missing, kept)
    _ = found.summary  # which refuses an outcome that cannot be summed up
    return found


def results_document(found: Findings) -> Document:
    """Return the table of a study, and what is missing in it."""
    blocks: list[Block] = [_means(found)]
    counts = found.summary["n"]
    if found.interval == "bootstrap" and np.any((counts > 1) & (counts <= FEW)):
        blocks.append(Paragraph(TOO_NARROW))
    blocks += map(Paragraph, _lost(found))
    if found.n_missing:
        blocks.append(
            Paragraph(
                f"{found.n_missing} of {found.n_points} points are missing; run the study again, "
                "which trains only them"
            )
        )
    return Document("", (Section("", blocks), *variance_sections(found)))


def variance_sections(found: Findings) -> Iterator[Section]:
    """Yield the table of where variances come from, if there are several chips and seeds."""
    split, (scale, _) = found.variances, _unit(found.outcome)
    if split is None:
        return
    axes = [str(name) for name in split.columns[: split.columns.get_loc("n_chips")]]
    titles = (*axes, "chips", "seeds", *(f"sd of {part}" for part in SPLIT))
    rows = [
        (
            *(word(row[name]) for name in axes),
            *(str(row[name]) for name in ("n_chips", "n_seeds")),
            *(_part(row, part, scale) for part in SPLIT),
        )
        for row in split.to_dict("records")
    ]
    table = TableBlock(titles, rows, tuple(range(len(axes), len(titles))))
    yield Section("Variance between chips and seeds", (table, Paragraph(OF_VARIANCES)))


def _part(row: Mapping[Any, Any], part: str, scale: float) -> str:
    """Write a standard deviation, and which part of the variance it is."""
    deviation, share = row[f"std_{part}"], row[f"part_{part}"]
    if np.isnan(deviation):
        return "-"
    return _number(deviation, scale) + ("" if np.isnan(share) else f" ({100 * share:.0f} %)")


def _means(found: Findings) -> TableBlock:
    means, (scale, title) = found.summary, _unit(found.outcome)
    lost = [name for name in LOST if means[name].any()]
    titles = (*found.by, title, f"95 % {found.interval}", "n", *lost)
    rows = [
        (
            *(word(row[name]) for name in found.by),
            _mean(row, scale),
            _interval(row, scale),
            str(row["n"]),
            *(str(row[name] or "-") for name in lost),
        )
        for row in means.to_dict("records")
    ]
    first = len(found.by)
    numeric = [i for i, axis in enumerate(found.by) if is_numeric(means, axis)]
    return TableBlock(titles, rows, (*numeric, *range(first, len(titles))))


def _lost(found: Findings) -> Iterator[str]:
    lost = found.lost
    axes = group_names(found.frame, None, [])
    for row in lost.head(LISTED).to_dict("records"):
        where = ", ".join([*(f"{name} {word(row[name])}" for name in axes), f"seed {row['seed']}"])
        yield f"{row['status']}: {where}: {' '.join(row['reason'].split()) or 'no reason'}"
    if len(lost) > LISTED:
        yield f"... and {len(lost) - LISTED} more, see --csv or --json"


def _chosen(part: DataFrame, condition: str, frame: DataFrame) -> DataFrame:
    name, equals, value = condition.partition("=")
    if not equals or name not in axes_of(frame):
        raise OptionError(
            f"--where must be AXIS=VALUE with an axis of the study, got '{condition}'; "
            f"the axes are {listed(axes_of(frame)) or 'none'}"
        )
    words = [word(item) for item in part[name].tolist()]
    mask = np.array([word == value for word in words], np.bool_)
    if part is frame and not mask.any():
        raise OptionError(
            f"--where {name} must be a value of that axis, got '{value}'; "
            f"the values are {listed(dict.fromkeys(words))}"
        )
    return part[mask]


def _first_measured(frame: DataFrame) -> str | None:
    done = frame[frame["status"] == "done"]
    for name in ("test_accuracy", "train_accuracy", "test_loss", "train_loss"):
        if name in done.columns and np.isfinite(done[name]).any():
            return name
    return None


def _unit(outcome: str) -> tuple[float, str]:
    label = quantity_of(outcome).label
    return (100.0, label.replace(" (%)", ", %")) if is_share(outcome) else (1.0, label)


def _mean(row: Mapping[Any, Any], scale: float) -> str:
    if row["n"] == 0:
        return "-"
    spread = f" ± {_number(row['sem'], scale)}" if row["n"] > 1 else ""
    return _number(row["mean"], scale) + spread


def _interval(row: Mapping[Any, Any], scale: float) -> str:
    return f"{_number(row['low'], scale)} to {_number(row['high'], scale)}" if row["n"] > 1 else "-"


def _number(value: float, scale: float) -> str:
    return f"{scale * value:.2f}" if scale != 1 else f"{value:.4g}"


def word(value: Any) -> str:
    """Write the value of an axis."""
    return f"{value:g}" if isinstance(value, float) else as_text(value) or "none"
