"""A study as a description: what its networks have in common, and what is varied."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import IO, Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator

from neurochannel.atomic import write_new
from neurochannel.errors import NetworkError
from neurochannel.inputs.descriptions import read_text
from neurochannel.model import toml_reader
from neurochannel.model.base import Description, FrozenDict
from neurochannel.model.network import Network
from neurochannel.model.problems import Problem, Remedy
from neurochannel.study.axes import Axis, single, together
from neurochannel.study.field_paths import TOPOLOGY, PathError, parse
from neurochannel.study.parts import (
    Training,
    Values,
    Zip,
    checked_seeds,
    flattened,
    folder_name,
)
from neurochannel.study.spec_files import located, written

Recorded = Literal[
    "history",
    "checkpoint",
    "alignment",
    "symmetry",
    "signals",
    "saturation",
    "messages",
    "distance",
    "pulses",
]


class Study(Description):
    """A grid of networks: what they have in common, what is varied, and what is kept.

    Parameters
    ----------
    name
        For tables and for the folder of its results: a name and not a path.
    topology
        Path of a network's file, or the name of a topology that comes with neurochannel: the base
        of all points; or give `network`.
    network
        The base itself.
    data
        Name or path of the data set.
    seeds
        Each point of the grid is trained once for each: this many from 0, or those listed.
    train
        How: epochs, batch_size, rate, decay, dtype, evaluate_every.
    axes
        Lists of values by path, crossed with each other. A path is "topology", "data",
        "channel.recipe", "train.<field>" or a field of the network, with * for all entries of
        channel and forward: "channel.*.message.bits". A value may be a table of a `label` and a
        `value`; "none" or None leaves the field out.
    zip
        Axes that move together, see `Zip`.
    labels
        Shorter names of axes for tables, by path.
    record
        "history": curves over epochs; "checkpoint": the weights at the end; and what `Observe`
        measures: "alignment", "symmetry", "signals", "saturation", "messages", "distance",
        "pulses".

    Raises
    ------
    NetworkError
        With one sentence for each mistake.

    Notes
    -----
    Values are set in this order: topology, recipe, then the axes as they are written.
    """

    name: Annotated[
        str,
        Field(strict=True, min_length=1, description="For tables and the folder of results."),
        AfterValidator(folder_name),
        Remedy('write for example name = "bits"'),
    ] = "study"
    topology: Annotated[
        str | None, Field(strict=True, description="File or name of a network, the base.")
    ] = None
    network: Annotated[Network | None, Field(description="The base itself.")] = None
    data: Annotated[str, Field(strict=True, description="Name or path of the data set.")] = "digits"
    seeds: Annotated[
        int | list[int],
        PlainValidator(checked_seeds, json_schema_input_type=int | list[int]),
        Field(description="This many seeds from 0, or those listed."),
    ] = 1
    record: Annotated[
        list[Recorded],
        Field(description="What is kept of each point in addition to its outcome."),
        Remedy('write for example record = ["history", "checkpoint"]'),
    ] = ["history"]  # noqa: RUF012 - frozen by the base
    labels: Annotated[
        dict[str, str],
        Field(description="Names of axes for tables, by path."),
        AfterValidator(FrozenDict),
    ] = FrozenDict()
    train: Annotated[Training, Field(description="How each network is trained.")] = Training()
    axes: Annotated[Values, Field(description="Lists of values by path, crossed.")] = FrozenDict()
    zip: Annotated[tuple[Zip, ...], Field(description="Axes that move together.")] = ()

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        changed = dict(value)
        if "axes" in changed:
            changed["axes"] = flattened(changed["axes"])
        if isinstance(changed.get("record"), tuple):
            changed["record"] = list(changed["record"])
        if isinstance(changed.get("topology"), PathLike):
            changed["topology"] = os.fspath(changed["topology"])
        return changed

    def _mistakes(self) -> Iterator[Problem]:
        paths = list(self._paths())
        varied = Counter(path for _, path, _ in paths)
        for place, path, values in paths:
            try:
                parse(path, Training)
            except PathError as error:
                yield Problem((*place, path), str(error))
            if not values:
                yield Problem((*place, path), "must have at least one value, got none; remove it")
            if varied[path] > 1:
                yield Problem((*place, path), "must stand in one place only; remove it elsewhere")
        for path in self.labels:
            if path not in varied:
                yield Problem(("labels", path), "must be the path of an axis; remove it")
        bases = (self.topology is not None) + (self.network is not None) + (TOPOLOGY in varied)
        if bases != 1:
            got = "none" if bases == 0 else "several"
            yield Problem(
                ("topology",),
                f"must say where the networks come from, in one place, got {got}; "
                "write topology = 'FILE', a table [network] or an axis \"topology\"",
            )
        for axis in self.all_axes():
            labels = Counter(repr(step.labels) for step in axis.steps)
            twice = next((label for label, n in labels.items() if n > 1), None)
            if twice is not None:
                yield Problem(
                    ("axes", axis.columns[0]),
                    f"must have values of different names, got {twice[1:-1].rstrip(',')} twice; "
                    "remove one, or give { label = ..., value = ... }",
                )
        columns = Counter(column for axis in self.all_axes() for column in axis.columns)
        for column, n in columns.items():
            if (n > 1 or column == "seed") and column not in varied:
                yield Problem(("labels",), f"must give each axis its own name, got '{column}'")
                break

    def _paths(self) -> Iterator[tuple[tuple[str | int, ...], str, list[Any]]]:
        for path, values in self.axes.items():
            yield ("axes",), path, values
        for index, part in enumerate(self.zip):
            for path, values in part.axes.items():
                yield ("zip", index, "axes"), path, values

    @property
    def n_seeds(self) -> int:
        """How many seeds there are."""
        return self.seeds if isinstance(self.seeds, int) else len(self.seeds)

    def seed_list(self) -> list[int]:
        """Return the seeds."""
        return list(range(self.seeds)) if isinstance(self.seeds, int) else list(self.seeds)

    def all_axes(self) -> list[Axis]:
        """Return crossed axes first, then those that move together."""
        axes = [
            single(path, given, self.labels.get(path, path)) for path, given in self.axes.items()
        ]
        return axes + [together(z.axes, self.labels, z.name, z.labels) for z in self.zip]

    @classmethod
    def from_toml(cls, source: str | PathLike[str] | IO[str] | IO[bytes]) -> Study:
        """Read a study from a TOML file; paths in it are relative to the file.

        Raises
        ------
        NetworkError
            If the file cannot be read, is not TOML or does not describe a study.
        """
        text, where = read_text(source)
        folder = os.path.dirname(where) if isinstance(source, str | PathLike) and where else ""
        try:
            return cls(**located(toml_reader.parse(text), folder))
        except NetworkError as error:
            raise (error.located(where) if where else error) from None

    @classmethod
    def from_text(cls, toml_text: str) -> Study:
        """Read a study from TOML text.

        Raises
        ------
        NetworkError
            If it is not TOML or does not describe a study.
        """
        return cls(**toml_reader.parse(toml_text))

    def to_toml(self, path: str | PathLike[str] | None = None, *, overwrite: bool = False) -> str:
        """Return the study as TOML text, from which `from_text` makes an equal one.

        Parameters
        ----------
        path
            A new file to write as well: written atomically.
        overwrite
            Replace a file that exists.

        Raises
        ------
        NetworkError
            If the file exists or cannot be written.
        """
        import tomlkit

        text = tomlkit.dumps({key: written(value) for key, value in self.changed().items()})
        if path is not None:
            write_new(path, text, NetworkError, overwrite=overwrite)
        return text
