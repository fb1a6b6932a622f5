"""The bundles of a network by their ends, looked up in no time however many there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

from neurochannel.model.bundles import AnyEdges, Bundle


@dataclass(frozen=True)
class BundlesAt(Generic[AnyEdges]):
    """The bundles that arrive at and leave each population, in the order of declaration."""

    bundles: tuple[Bundle[AnyEdges], ...]

    def into(self, name: str) -> tuple[Bundle[AnyEdges], ...]:
        """Return the bundles that lead to a population."""
        return self._by_target.get(name, ())

    def out_of(self, name: str) -> tuple[Bundle[AnyEdges], ...]:
        """Return the bundles that start from a population or from one of `STARTS`."""
        return self._by_source.get(name, ())

    def named(self, name: str) -> Bundle[AnyEdges] | None:
        """Return the bundle of a name, ``"source -> target"``, None if there is none."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Bundle[AnyEdges]]:
        return {bundle.name: bundle for bundle in self.bundles}

    @cached_property
    def _by_target(self) -> dict[str, tuple[Bundle[AnyEdges], ...]]:
        return self._by(lambda bundle: bundle.target)

    @cached_property
    def _by_source(self) -> dict[str, tuple[Bundle[AnyEdges], ...]]:
        return self._by(lambda bundle: bundle.source)

    def _by(
        self, end: Callable[[Bundle[AnyEdges]], str]
    ) -> dict[str, tuple[Bundle[AnyEdges], ...]]:
        found: dict[str, list[Bundle[AnyEdges]]] = {}
        for bundle in self.bundles:
            found.setdefault(end(bundle), []).append(bundle)
        return {name: tuple(bundles) for name, bundles in found.items()}
