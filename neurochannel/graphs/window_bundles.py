"""Single edges of windows, pooling and shared channel weights as bundles again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurochannel.engine.window_edges import SharedWires, listed_edges
from neurochannel.errors import NetworkError
from neurochannel.graphs.neuron_tables import Ints
from neurochannel.model.edges import MAP_RULES
from neurochannel.model.maps import Conv, Geometry, Image, Pool, geometry
from neurochannel.model.problems import short

Floats = NDArray[np.float64]
Ends = tuple[int, int]
REMEDY = "give all of them, or leave out the attributes that describe windows"


def rule_of(fields: Mapping[str, Any]) -> Conv | Pool | None:
    """Return the rule that joins images in the fields of forward edges."""
    return next((fields[name] for name in MAP_RULES if fields.get(name) is not None), None)


@dataclass(frozen=True)
class Images:
    """What populations with a place for each neuron are, by their numbers.

    Parameters
    ----------
    names
        Of all populations.
    shapes
        (height, width, maps) of those that are images.
    geometries
        What windows join, by source and target.
    """

    names: list[str]
    shapes: dict[int, Image]
    geometries: dict[Ends, Geometry]

    @staticmethod
    def of(
        names: list[str],
        sizes: Ints,
        given: Mapping[int, Image],
        bundles: Iterable[tuple[Ends, Mapping[str, Any]]],
    ) -> Images:
        """Follow windows from the images that are given.

        Raises
        ------
        NetworkError
            If a population has another number of neurons than windows make.
        """
        found = Images(names, dict(given), {})
        waiting = [(ends, rule) for ends, fields in bundles if (rule := rule_of(fields))]
        for _ in range(len(waiting)):
            for ends, rule in waiting:
                source = found.shapes.get(ends[0])
                made = geometry(rule, source) if source else None
                if made and ends not in found.geometries:
                    found.geometries[ends] = made
                    found.shapes.setdefault(ends[1], made.target)
        for (_, tail), made in found.geometries.items():
            n = made.n_windows * made.target[2]
            if sizes[tail] != n:
                raise NetworkError(
                    f"population '{names[tail]}' must have {n} neurons, which windows make of "
                    f"{list(made.source)}, got {sizes[tail]}; {REMEDY}"
                )
        return found

    @property
    def windowed(self) -> set[int]:
        """Populations to which windows lead."""
        return {tail for _, tail in self.geometries}

    def bundled(
        self, own: dict[str, Any], ends: Ends, places: tuple[Ints, Ints], weights: Floats | None
    ) -> dict[str, Any] | None:
        """Return the fields of a bundle of single edges that windows or maps describe, else None.

        Parameters
        ----------
        own
            The fields that all edges have.
        ends
            Numbers of the source and the target; those of a channel run from the sender.
        places, weights
            Of each edge, sorted by source and target: the neurons, and NaN for no weight.

        Raises
        ------
        NetworkError
            If they are not the edges that windows have, or edges that share a weight differ.
        """
        shared = own.get("shared")
        if rule_of(own):
            made, wires = self.geometries.get(ends), None
        elif shared == "kernel":
            made, wires = self.geometries.get((ends[1], ends[0])), None
        elif shared == "maps" and ends[1] in self.shapes:
            made, wires = None, _of_maps(self.shapes[ends[1]], int(places[0].max()) + 1)
        else:
            return None
        if made:
            wires = _against(made) if shared else SharedWires(*listed_edges(made))
        if wires is None:
            return own
        self._check(ends, places, wires)
        if weights is None or np.isnan(weights[0]) or (made and made.pools):
            return own
        shape = made.weight_shape if made else (int(places[0].max()) + 1, self.shapes[ends[1]][2])
        return own | {"init": self._values(ends, weights, wires.numbers, shape)}

    def _name(self, ends: Ends) -> str:
        return f"{self.names[ends[0]]} -> {self.names[ends[1]]}"

    def _check(self, ends: Ends, places: tuple[Ints, Ints], wires: SharedWires) -> None:
        n, wanted = len(places[0]), len(wires.sources)
        if n != wanted or any(
            np.any(own != other) for own, other in zip(places, wires[:2], strict=True)
        ):
            raise NetworkError(
                f"edges {self._name(ends)} must be the {wanted} that windows or maps have there, "
                f"got {n}{' others' if n == wanted else ''}; {REMEDY}"
            )

    def _values(self, ends: Ends, weights: Floats, numbers: Ints, shape: tuple[int, ...]) -> Floats:
        values = np.zeros(int(np.prod(shape)))
        values[numbers] = weights
        unlike = np.flatnonzero(values[numbers] != weights)
        if len(unlike):
            pair = values[numbers[unlike[0]]], weights[unlike[0]]
            raise NetworkError(
                f"edges {self._name(ends)} that share a weight must have the same, got "
                f"{short(float(pair[0]))} and {short(float(pair[1]))}; give them one, or leave out "
                "the attributes that describe windows"
            )
        made = values.reshape(shape)
        made.flags.writeable = False
        return made


def _against(made: Geometry) -> SharedWires:
    receivers, sources, numbers = listed_edges(made)
    order = np.lexsort((receivers, sources))
    return SharedWires(sources[order], receivers[order], numbers[order])


def _of_maps(image: Image, n_source: int) -> SharedWires:
    n = int(np.prod(image))
    sources, receivers = np.indices((n_source, n)).reshape(2, -1)
    return SharedWires(sources, receivers, sources * image[2] + receivers % image[2])
