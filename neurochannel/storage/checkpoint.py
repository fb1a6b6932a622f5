"""Save a run to a file, and resume from it exactly as if it had never stopped."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING

from neurochannel.atomic import check_writable, names_in, why_not_new, write_whole
from neurochannel.engine.options import Options
from neurochannel.errors import CheckpointError, OptionError
from neurochannel.inputs.opening import Refusal
from neurochannel.storage.contents import Summary, read_network, read_snapshot, read_summary
from neurochannel.storage.owners import own, owns
from neurochannel.storage.processor import LOG, note_difference
from neurochannel.storage.reading import attribute, opened, sentences, wrong
from neurochannel.storage.resumed_data import choose_data
from neurochannel.storage.rooms import SINCE_STATE

if TYPE_CHECKING:
    from neurochannel.engine.datasets import Given
    from neurochannel.engine.rates import Rate
    from neurochannel.engine.simulation import Simulation
    from neurochannel.model.limits import Limits
    from neurochannel.model.network import Network

PLACEHOLDER = re.compile(r"\{(epoch|seed|chip_seed)(?::(\d{1,2}))?\}")


def save(run: Simulation, path: str | PathLike[str], *, overwrite: bool = False) -> None:
    """Write a run to a file: whole, or not at all.

    A rate that is a function is noted by its name only; all else comes back with `load`. A run that
    another thread is training is saved as it is at the next batch boundary.

    Parameters
    ----------
    overwrite
        Replace a file that exists. The file from which this run was loaded, or to which it was
        saved before, is its own and is always replaced.

    Raises
    ------
    CheckpointError
        If the file exists or cannot be written, or weights or velocities are not finite; an
        older file stays as it is.
    """
    from neurochannel.engine.diagnosis import first_bad
    from neurochannel.storage.writing import image_of

    if reason := why_not_new(path, overwrite or owns(run, path)):
        raise CheckpointError(f"{os.fspath(path)} {reason}")
    try:
        kept = run.snapshot()
        bad, epoch = first_bad({**kept.parameters, **kept.state}), kept.progress.epoch
        if bad:
            raise CheckpointError(
                f"{os.fspath(path)} was not written: '{bad}' holds NaN or Inf after epoch {epoch}; "
                "resume from the last good checkpoint with a lower rate"
            )
        image = image_of(run, kept)
    except MemoryError:
        raise CheckpointError(
            f"{os.fspath(path)} was not written: there is too little memory for it; free some"
        ) from None
    write_whole(path, image)
    own(run, path)


def load(
    path: str | PathLike[str],
    data: Given | str | PathLike[str] | None = None,
    rate: Rate | None = None,
    *,
    other_data: bool = False,
    without_data: bool = False,
) -> Simulation:
    """Return the run in a file; training resumes as if it had not been interrupted, bit for bit.

    The same bits are guaranteed on the same kind of processor; if it is another, that is logged as
    a warning by the logger "neurochannel".

    Parameters
    ----------
    data
        What to train on: a data set, its name or path, or arrays as for `Simulation`; if left out,
        the data set of the recorded name or path is loaded again. A run on plain arrays comes back
        without data: it can be used, but not trained.
    rate
        Another learning rate; needed where the recorded one is a function.
    other_data
        Allow data with other content than recorded; an interrupted epoch is then begun again.
    without_data
        Load no data, to use the network only.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, not ours or newer, if its data is missing or has changed,
        or if it does not fit `data`.
    OptionError
    """
    from neurochannel.engine.simulation import Simulation

    if without_data and data is not None:
        raise OptionError("without_data must be left out when data is given; drop one of them")
    with opened(path) as reader:
        summary = read_summary(reader)
        network = read_network(reader, summary)
        kept = read_snapshot(reader, network, summary)
        version = attribute(reader.root, "format_version", int)
    options = _options(path, summary, rate)
    chosen = None
    if not without_data:
        chosen, position = choose_data(path, summary, network, data, other_data)
        kept = replace(kept, progress=replace(kept.progress, position=position))
    with sentences(path):
        run = Simulation.from_snapshot(network, chosen, options, replace(kept, chip={}))
        _check_chip(run, kept.chip)
    own(run, path)
    if chosen is not None and not other_data:
        note_difference(os.fspath(path), summary.provenance)
        if version < SINCE_STATE and _draws(network):
            LOG.warning(
                f"{os.fspath(path)} comes from an older version: what is rounded at random "
                "continues with other random numbers than it would have there"
            )
    return run


def _check_chip(run: Simulation, noted: Mapping[str, int]) -> None:
    """Refuse a chip that is not the one on which the run was trained."""
    from neurochannel.engine.chip import check_maps, map_sums
    from neurochannel.model.problems import listed

    drawn = map_sums(run.chip)
    if drawn.keys() != noted.keys():
        raise wrong(f"/chip must name the maps {listed(drawn) if drawn else '(none)'}")
    try:
        check_maps(drawn, noted)
    except OptionError as error:
        raise Refusal(f"cannot be resumed here: {error}") from None


def _draws(network: Network) -> bool:
    """Tell whether a limit draws random numbers at each step."""
    from neurochannel.engine.parameters import learning_rules

    limits: list[Limits | None] = [rule.update for _, rule in learning_rules(network)]
    limits += [bundle.edges.message for bundle in network.channel_bundles]
    limits += [bundle.edges.message for bundle in network.forward_bundles]
    return any(limit.draws for limit in limits if limit is not None)


def _options(path: str | PathLike[str], summary: Summary, rate: Rate | None) -> Options:
    recorded = summary.options["rate"]
    if rate is None and isinstance(recorded, str):
        raise CheckpointError(
            f"{path} was trained with a rate that is a function, '{recorded}', which no file can "
            "hold; give the rate again"
        )
    return Options(**(summary.options | {"rate": recorded if rate is None else rate}))


@dataclass(frozen=True)
class Checkpoint:
    """A callback of `Simulation.train` that saves the run.

    Parameters
    ----------
    path
        The file, replaced each time; with {epoch} in its name, as in "run-{epoch:03}.h5", a file
        for each epoch; with {seed} or {chip_seed}, one for each network of `train_many`.
    every
        Save after each epoch whose number is a multiple of this.
    overwrite
        Replace files that another run has left, see `save`.

    Raises
    ------
    CheckpointError
        If no file can be written there, or another run's file would be lost, found out before
        training.
    OptionError
        If `every` is below 1.
    """

    path: str | PathLike[str]
    every: int = 1
    overwrite: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.every, bool) or not isinstance(self.every, int) or self.every < 1:
            raise OptionError(f"every must be a whole number of at least 1, got {self.every!r}")
        folder = os.path.dirname(os.fspath(self.path))
        found = PLACEHOLDER.search(folder)
        if found:
            raise CheckpointError(
                f"{self.path} must not have {{{found[1]}}} in its folder; "
                "use it in the file's name only"
            )
        check_writable(self.path_at(0))

    def path_at(self, epoch: int, seed: int = 0, chip_seed: int = 0) -> str:
        """Return the name of the file for an epoch of the network with these seeds."""
        numbers = {"epoch": epoch, "seed": seed, "chip_seed": chip_seed}
        return PLACEHOLDER.sub(
            lambda found: format(numbers[found[1]], found[2] or ""), os.fspath(self.path)
        )

    def before(self, run: Simulation) -> None:
        """Refuse to train where a file that is not the run's own would be lost."""
        for path in self._to_come(run):
            if reason := why_not_new(path, self.overwrite or owns(run, path)):
                raise CheckpointError(f"{path} {reason}")

    def _to_come(self, run: Simulation) -> Iterator[str]:
        """Yield the files that exist where those of later epochs will be."""
        folder, pattern = os.path.split(os.fspath(self.path))
        if "{epoch" not in pattern:
            yield self.path_at(0, run.seed, run.chip_seed)
            return
        for name in names_in(folder or os.curdir):
            for epoch in {int(digits) for digits in re.findall(r"\d+", name)}:
                path = self.path_at(epoch, run.seed, run.chip_seed)
                if epoch > run.epoch and os.path.basename(path) == name:
                    yield path

    def __call__(self, run: Simulation) -> None:
        """Save the run if it is time to."""
        if run.epoch % self.every == 0:
            path = self.path_at(run.epoch, run.seed, run.chip_seed)
            save(run, path, overwrite=self.overwrite)
