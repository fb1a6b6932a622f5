"""Observers: callbacks of training that measure how a network learns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from neurochannel.engine.parameters import learning_rules
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import OptionError
from neurochannel.model.network import Network
from neurochannel.model.problems import did_you_mean, listed, short
from neurochannel.observe.alignment import alignments, symmetries
from neurochannel.observe.messages import traffic
from neurochannel.observe.probe import Probe, norms, probe_of, saturations

QUANTITIES = ("alignment", "symmetry", "signals", "saturation", "messages", "distance", "pulses")
PROBE = 256
EARLY, EVERY = (0, 1, 3, 10), 20
"""The default epochs; scripts/bench/observers.py measures what they cost."""
SHOWN = 3
"""Most angles that the progress bar lists one by one."""

Measured = Iterator[tuple[str, float | np.ndarray, tuple[str, ...] | None]]


class Observe:
    """A callback of `Simulation.train` that measures a run on a fixed probe batch.

    Results are in `run.history.observations` and in checkpoints. Observing changes no bit of what
    is learned.

    Parameters
    ----------
    *what
        Which of these; all of them if left out.

        - "alignment": for each population that the channel teaches, the angle in degrees between
          the changes of its incoming weights and minus the exact gradient; "alignment: hidden1"
        - "symmetry": for each channel bundle the angle in degrees between C and W^T, the product
          of the forward weights where it skips populations; "symmetry: hidden2 -> hidden1"
        - "signals": root mean square over examples of the norms |R| and |O|; "signal: hidden1",
          "activity: hidden1"
        - "saturation": fraction of neurons x examples with f' below a tenth of its largest value,
          for relu: of silent ones; "saturation: hidden1"
        - "messages": fractions of messages at each level, and their entropy in bits;
          "messages: error -> hidden1", "entropy: error -> hidden1"
        - "distance": |W - W0| and |W - W0| / |W0| from the initial weights W0;
          "distance: input -> hidden1", "relative distance: input -> hidden1"
        - "pulses": pulses that a device gets in an update, on average over the devices of a bundle
          and over what is drawn, with batches as the probe asks for; "pulses: input -> hidden1",
          "pulses: hidden1" for biases
    every
        Observe before the first epoch and after each epoch whose number is a multiple of this. If
        left out: epochs 0, 1, 3, 10 and each 20th.
    at
        Instead of `every`: after exactly these epochs; 0 is before the first.
    probe
        Examples in the probe: the first ones of an order of the training examples that is the same
        for every run on them.
    show
        Whether to show the angles of the newest alignment next to the progress bar.

    Raises
    ------
    OptionError
        If a word is unknown, a number out of range, or `every` and `at` are both given.
    """

    def __init__(
        self,
        *what: str,
        every: int | None = None,
        at: Iterable[int] | None = None,
        probe: int = PROBE,
        show: bool = False,
    ) -> None:
        self.what = _checked_words(what)
        self.every = None if every is None else _whole("every", every, 1)
        self.at = None if at is None else frozenset(_whole("at", epoch, 0) for epoch in at)
        self.probe = _whole("probe", probe, 1)
        self.show = show
        if every is not None and at is not None:
            raise OptionError("every must be left out when at is given; drop one of them")
        if show and "alignment" not in self.what:
            raise OptionError("show must come with 'alignment', whose angles it shows; add it")

    def __repr__(self) -> str:
        return f"Observe({', '.join(map(repr, self.what))})"

    def is_due(self, epoch: int) -> bool:
        """Tell whether to observe after this many epochs."""
        if self.at is not None:
            return epoch in self.at
        if self.every is not None:
            return epoch % self.every == 0
        return epoch in EARLY or epoch % EVERY == 0

    def before(self, run: Simulation) -> None:
        """Observe the start of training, or the epoch after which it had stopped unobserved."""
        seen = run.history.observations
        known = {name.partition(":")[0] for name in seen if run.epoch == seen[name].epochs[-1]}
        words = [word for word in self.what if word != "pulses" or _has_pulses(run.network)]
        missing = any(not known & set(PREFIXES[word]) for word in words)
        if run.progress.position == 0 and missing:
            self(run)

    def __call__(self, run: Simulation) -> None:
        """Observe the run if it is time to."""
        if self.is_due(run.epoch):
            with run.held():
                for name, value, labels in self.measure(run):
                    run.history.observations.add(name, run.epoch, value, labels)

    def note(self, run: Simulation) -> str:
        """Return the newest angles for the progress bar, if they are wanted."""
        if not self.show:
            return ""
        seen = run.history.observations
        newest = [seen[name].values[-1] for name in seen if name.startswith("alignment: ")]
        angles = [float(value) for value in newest if math.isfinite(value)]
        if not angles:
            return ""
        if len(angles) > SHOWN:
            return f"angles {min(angles):.0f}° to {max(angles):.0f}°"
        return ("angle " if len(angles) == 1 else "angles ") + " ".join(f"{a:.0f}°" for a in angles)

    def measure(self, run: Simulation) -> Measured:
        """Yield (name, value, labels) of all that is observed, as the run is now."""
        probe = probe_of(run, self.probe)
        if set(self.what) - {"symmetry", "distance"}:
            yield from self._seen(run, probe)
        if "symmetry" in self.what:
            yield from _named("symmetry", symmetries(run))
        if "distance" in self.what:
            for name, moved, ratio in probe.distances(run):
                yield f"distance: {name}", moved, None
                yield f"relative distance: {name}", ratio, None

    def _seen(self, run: Simulation, probe: Probe) -> Measured:
        changes, columns = probe.look(run)
        network = run.network
        if "alignment" in self.what:
            gradient = probe.gradient(run)
            yield from _named("alignment", alignments(network, changes, gradient))
        if "signals" in self.what:
            for name, norm in norms(network, columns):
                yield name, norm, None
        if "saturation" in self.what:
            yield from _named("saturation", saturations(network, columns))
        if "messages" in self.what:
            for name, said in traffic(network, columns):
                yield f"messages: {name}", said.fractions, said.labels
                yield f"entropy: {name}", said.entropy, None
        if "pulses" in self.what:
            yield from _named("pulses", probe.pulses(run, columns))


PREFIXES = {
    "alignment": ("alignment",),
    "symmetry": ("symmetry",),
    "signals": ("signal", "activity"),
    "saturation": ("saturation",),
    "messages": ("messages", "entropy"),
    "distance": ("distance", "relative distance"),
    "pulses": ("pulses",),
}
"""How the names of what is observed begin, by quantity."""


def _has_pulses(network: Network) -> bool:
    return any(one.synapse and one.synapse.step for _, one in learning_rules(network))


def _named(what: str, values: Iterable[tuple[str, float]]) -> Measured:
    for name, value in values:
        yield f"{what}: {name}", value, None


def _checked_words(what: tuple[str, ...]) -> tuple[str, ...]:
    for word in what:
        if word not in QUANTITIES:
            hint = did_you_mean(word, QUANTITIES) or "choose among them"
            raise OptionError(
                f"what is observed must be among {listed(QUANTITIES)}, got {short(word)}; {hint}"
            )
    return tuple(word for word in QUANTITIES if word in what) or QUANTITIES


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise OptionError(f"{name} must be a whole number of at least {least}, got {short(value)}")
    return int(value)
