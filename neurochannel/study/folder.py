"""The folder of a study: its plan, and a file for each point that is finished."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any

from neurochannel.atomic import check_writable, write_whole
from neurochannel.errors import CheckpointError, DataError, OptionError
from neurochannel.inputs.opening import read_regular
from neurochannel.model.problems import short
from neurochannel.study.intact import is_plan, is_row
from neurochannel.study.points import FORMAT

Row = dict[str, Any]
PLAN = "plan.json"
MOST_PLAN_BYTES = 2**32
NO_PLAN = "it is not a study's plan"


class StudyFolder:
    """Where a study keeps its plan and its points.

    ``plan.json`` lists the points of the study as it is now; ``points/ab/abcd....json`` is one
    finished point, ``weights/ab/abcd....h5`` the checkpoint of one that was asked to keep it. The
    first two letters share the files among folders, so that none grows too large to be listed.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        if not isinstance(path, str | PathLike):
            raise OptionError(
                f"folder must be the path of a study's folder, got {short(path)}; "
                "give the one that nc.run_study returned"
            )
        self.path = Path(path)

    def prepare(self) -> None:
        """Make the folder and try whether it can be written.

        Raises
        ------
        CheckpointError
            If not.
        """
        _make(self.path)
        check_writable(self.path / PLAN)

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Tell whether this runner is the first one here; it counts as such while it runs."""
        from filelock import FileLock

        lock = FileLock(self.path / ".runner.lock", timeout=0)
        try:
            lock.acquire()
        except (OSError, NotImplementedError):
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def write_plan(self, plan: Mapping[str, Any]) -> None:
        """Replace the plan: what `read_rows` lists, and in which order."""
        text = json.dumps({"format": FORMAT, **plan}, separators=(",", ":"))
        write_whole(self.path / PLAN, text.encode())

    def read_plan(self) -> dict[str, Any]:
        """Return the plan.

        Raises
        ------
        DataError
            If there is none, or it is damaged or newer than this version.
        """
        try:
            found = json.loads(read_regular(self.path / PLAN, MOST_PLAN_BYTES))
            version = found["format"]
        except FileNotFoundError:
            raise DataError(
                f"{self.path} holds no study; name the folder that "
                "'neurochannel study FILE --out FOLDER' has made"
            ) from None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._no_plan(getattr(error, "strerror", None)) from None
        if version != FORMAT:
            raise DataError(
                f"{self.path} was written by another version of neurochannel "
                f"(format {short(version)}, not {FORMAT}); "
                "use that version, or run the study in a new folder"
            )
        if not is_plan(found):
            raise self._no_plan()
        return dict(found)

    def _no_plan(self, reason: str | None = None) -> DataError:
        return DataError(
            f"{self.path / PLAN} cannot be read ({reason or NO_PLAN}); run the study again, which "
            "writes it again and keeps the finished points"
        )

    def row_path(self, point: str) -> Path:
        """Return the file of a point."""
        return self.path / "points" / point[:2] / f"{point}.json"

    def weights_path(self, point: str) -> Path:
        """Return the checkpoint of a point."""
        return self.path / "weights" / point[:2] / f"{point}.h5"

    def write_row(self, row: Row, weights: bytes | None = None) -> None:
        """Keep a finished point, its checkpoint first.

        Raises
        ------
        CheckpointError
            If it cannot be written; all other points stay as they are.
        """
        target = self.row_path(row["point"])
        _make(target.parent)
        if weights is not None:
            path = self.weights_path(row["point"])
            _make(path.parent)
            write_whole(path, weights)
        content = _without_nan(row)
        write_whole(target, json.dumps({**content, "checksum": _checksum(content)}).encode())

    def read_row(self, point: str) -> Row | None:
        """Return a finished point, None if it is missing or damaged."""
        try:
            found = json.loads(read_regular(self.row_path(point)))
            checksum = found.pop("checksum")
            intact = checksum == _checksum(found) and found["point"] == point and is_row(found)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        if not intact or (found["checkpoint"] and not self.weights_path(point).exists()):
            return None
        for part in ("outcome", "curves"):
            found[part] = {key: _with_nan(value) for key, value in found[part].items()}
        for series in found.get("observations", {}).values():
            series["values"] = _with_nan(series["values"])
        return dict(found)

    def has_row(self, point: str) -> bool:
        """Tell whether there is a file of a point, without reading it."""
        return self.row_path(point).exists()


def read_rows(folder: str | PathLike[str]) -> list[Row]:
    """Return the finished points of a study's present plan, in the plan's order.

    Each row is a dict of "point" (its name), "status" ("done", "diverged" or "failed"), "reason",
    "axes" (a value or label by axis), "seed", "outcome", "curves", "observations" (epochs, values
    and labels by name), "worker" and "checkpoint" (the path of its checkpoint, None if none was
    recorded). What was not measured is NaN. A point to which several rows of the plan come down
    was run once and is returned for each of them.

    Raises
    ------
    DataError
        If there is no study in the folder, or its plan is damaged.
    """
    place = StudyFolder(folder)
    plan = place.read_plan()
    found: dict[str, Row | None] = {}
    rows = []
    for point, values, seed in plan["points"]:
        if point not in found:
            found[point] = place.read_row(point)
        row = found[point]
        if row is not None:
            axes = dict(zip(plan["axes"], values, strict=True))
            kept = row["checkpoint"] and str(place.weights_path(point))
            rows.append({**row, "axes": axes, "seed": seed, "checkpoint": kept})
    return rows


def _make(folder: Path) -> None:
    with suppress(FileExistsError):
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or error
            raise CheckpointError(
                f"{os.fspath(folder)} cannot be made ({reason}); "
                "choose a folder that you can write to"
            ) from None


def _checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without_nan(value: Any) -> Any:
    """Return it with null instead of NaN and infinity, which JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    return [_without_nan(part) for part in value] if isinstance(value, list | tuple) else value


def _with_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_nan(part) for part in value]
    return math.nan if value is None else value
