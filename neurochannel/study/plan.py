"""From a study to its points: every network is built and checked before any of them runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from neurochannel.engine.decays import Fastest
from neurochannel.engine.gate import fitted
from neurochannel.errors import DataError, NetworkError, OptionError
from neurochannel.graphs.formats import read
from neurochannel.hooks import Readable
from neurochannel.model.network import Network
from neurochannel.model.problems import short
from neurochannel.study.axes import LONGEST_LABEL, Axis, AxisStep, Label, count, crossed
from neurochannel.study.field_paths import DATA, RECIPE, TOPOLOGY, TRAIN, PathError, parse
from neurochannel.study.parts import Training
from neurochannel.study.points import Point
from neurochannel.study.setting import (
    at,
    located,
    names_in,
    why_nothing,
    with_fields,
    with_recipe,
)
from neurochannel.study.spec import Study

MOST = 10**6
BEFORE = (TOPOLOGY, RECIPE)  # what is decided before single fields are set
Values = Mapping[str, Any]


class PlannedPoint(NamedTuple):
    """A row of the plan: a point and what it is called on each axis."""

    point: Point
    labels: tuple[Label, ...]


@dataclass(frozen=True, repr=False)
class Plan(Readable):
    """All points of a study.

    Parameters
    ----------
    study
        The study.
    columns
        Names of the axes in tables.
    entries
        The rows, the last axis and then the seeds fastest.
    n_networks
        How many different networks there are, seeds aside.
    """

    study: Study
    columns: tuple[str, ...]
    entries: list[PlannedPoint]
    n_networks: int

    def __repr__(self) -> str:
        return f"<plan of '{self.study.name}': {len(self)} points>"

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[PlannedPoint]:
        return iter(self.entries)

    def points(self) -> dict[str, Point]:
        """Return the points by name, each once, in order."""
        return {entry.point.id: entry.point for entry in self.entries}

    def listing(self) -> dict[str, Any]:
        """Return the plan as JSON holds it: for each row the point, its labels and its seed."""
        return {
            "study": self.study.name,
            "axes": list(self.columns),
            "points": [[e.point.id, list(e.labels), e.point.seed] for e in self.entries],
        }


def points(study: Study, most: int | None = MOST) -> Plan:
    """Return what a study would run: all points, their networks built, checked and given sizes.

    Parameters
    ----------
    study
        Its description.
    most
        Refuse more points than this; None for no limit.

    Returns
    -------
    Plan
        A sequence of entries: a point, and its labels on the axes.

    Raises
    ------
    NeurochannelError
        If an axis matches nothing, or a point's network or training is wrong.
    """
    if not isinstance(study, Study):
        raise OptionError(
            f"study must be a Study, got {short(study)}; read a file with nc.Study.from_toml(path)"
        )
    axes = study.all_axes()
    total = count(axes) * study.n_seeds
    if most is not None and total > most:
        raise OptionError(
            f"study '{study.name}' has {total:,} points, more than {most:,}; "
            "take fewer values, or allow it with --yes (in Python most=None)"
        )
    builder, seeds = _Builder(study, axes), study.seed_list()
    record = tuple(sorted(set(study.record)))
    entries = []
    for steps in crossed(axes):
        labels = tuple(label for step in steps for label in step.labels)
        values = {path: value.value for step in steps for path, value in step.values}
        shared = builder.shared(steps, values)
        entries += [
            PlannedPoint(Point(**shared, seed=seed, record=record), labels) for seed in seeds
        ]
    builder.check_matches()
    columns = tuple(column for axis in axes for column in axis.columns)
    return Plan(study, columns, entries, len(builder.networks))


@dataclass
class _Builder:
    """Makes what points share: networks and training options, each different one once."""

    study: Study
    axes: list[Axis]
    networks: dict[Any, str] = field(default_factory=dict)
    _fastest: dict[Any, Fastest] = field(default_factory=dict)
    _trainings: dict[Any, Training] = field(default_factory=dict)
    _topologies: dict[str, Network] = field(default_factory=dict)
    _data: dict[str, Any] = field(default_factory=dict)
    _matches: dict[str, int] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        paths = [path for axis in self.axes for path, _ in axis.steps[0].values]
        self.parts = {path: parse(path, Training) for path in paths}
        self._matches = {path: 0 for path in paths if path not in (DATA, *BEFORE)}

    def shared(self, steps: tuple[AxisStep, ...], values: Values) -> dict[str, Any]:
        """Return the fields of a point that do not depend on its seed."""
        data = self._load(values)
        key = (*self._key(steps, is_training=False), data.n_inputs, data.n_outputs)
        if key not in self.networks:
            self.networks[key], self._fastest[key] = self._network(steps, values, data)
        training = self._training(steps, values)
        try:
            self._fastest[key].check_first(training.rate)
        except OptionError as error:
            raise self._at(steps, error, lambda path: path != DATA) from None
        return {
            "network": self.networks[key],
            "data": str(data.name),
            "fingerprint": data.fingerprint,
            **{name: getattr(training, name) for name in Training.model_fields},
        }

    def _key(self, steps: tuple[AxisStep, ...], *, is_training: bool) -> tuple[int, ...]:
        """Return which steps decide about the training, or about the network."""
        return tuple(
            id(step)
            for step in steps
            if any(
                self.parts[path][0] == TRAIN if is_training else not self._is_apart(path)
                for path, _ in step.values
            )
        )

    def _is_apart(self, path: str) -> bool:
        return path == DATA or self.parts[path][0] == TRAIN

    def _load(self, values: Values) -> Any:
        from neurochannel import data

        name = values.get(DATA) or self.study.data
        if not isinstance(name, str):
            raise DataError(f"data must be names or paths, got {short(name)}; put it in quotes")
        if name not in self._data:
            self._data[name] = data.load(name)
        return self._data[name]

    def _training(self, steps: tuple[AxisStep, ...], values: Values) -> Training:
        key = self._key(steps, is_training=True)
        if key not in self._trainings:
            changed = dict(self.study.train._given())
            for path, value in values.items():
                if self.parts[path][0] == TRAIN:
                    name = self.parts[path][1]
                    self._matches[path] += 1
                    if value is None and name != "evaluate_every":
                        changed.pop(name, None)
                    else:
                        changed[name] = value
            try:
                self._trainings[key] = Training(**changed)
            except NetworkError as error:
                raise self._at(steps, error, lambda path: self.parts[path][0] == TRAIN) from None
        return self._trainings[key]

    def _network(
        self, steps: tuple[AxisStep, ...], values: Values, data: Any
    ) -> tuple[str, Fastest]:
        """Return a network as text, and what decays fastest in it."""
        try:
            network = self._base(values)
            fields = {
                path: (self.parts[path], value)
                for path, value in values.items()
                if not self._is_apart(path) and path not in BEFORE
            }
            network, matches = with_fields(network, fields)
            for path, n in matches.items():
                self._matches[path] += n
            self._seen |= names_in(network)
            sized, _ = fitted(network, data)
        except (NetworkError, DataError, PathError) as error:
            raise self._at(steps, error, lambda path: not self._is_apart(path)) from None
        text = sized.model_copy(update={"name": "network"}).to_toml()
        return text, Fastest.of(sized)

    def _base(self, values: Values) -> Network:
        """Return the network before single fields are set: a topology, and a recipe's channel."""
        network = self._topology(values.get(TOPOLOGY, self.study.topology or self.study.network))
        return with_recipe(network, values.get(RECIPE))

    def _topology(self, given: Any) -> Network:
        if isinstance(given, Network):
            return given
        if isinstance(given, Mapping):
            return Network(**given)
        if not isinstance(given, str):
            raise NetworkError(
                f"topology must be a file, got {short(given)}; write its path in quotes"
            )
        if given not in self._topologies:
            self._topologies[given] = read(given)
        return self._topologies[given]

    def _at(self, steps: tuple[AxisStep, ...], error: Exception, concerns: Any) -> NetworkError:
        """Return the first mistake of a point, with the point's place on the axes."""
        return located(
            error,
            [
                at(axis.columns[0] if len(axis.columns) == 1 else path, value)
                for axis, step in zip(self.axes, steps, strict=True)
                for path, value in step.values
                if concerns(path)
            ],
        )

    def check_matches(self) -> None:
        """Refuse axes that name a field which no network of the study has.

        Raises
        ------
        NetworkError
            If there is one.
        """
        for path, matches in self._matches.items():
            if matches == 0:
                reason = why_nothing(self.parts[path], self._seen)
                raise NetworkError(f"axes.{path} matches nothing, because {reason}")


def _quoted(label: Label) -> str:
    if not isinstance(label, str):
        return str(label)
    return f'"{label}"' if len(label) <= LONGEST_LABEL else f'"{label[: LONGEST_LABEL - 3]}..."'
