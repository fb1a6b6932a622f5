"""The options of `neurochannel train`, and whether they fit together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurochannel.cli.values import check_new
from neurochannel.engine.rates import Decay
from neurochannel.errors import OptionError

if TYPE_CHECKING:
    from neurochannel.engine.rates import Rate
    from neurochannel.storage import Summary

EPOCHS, DATA, RATE = 10, "digits", 0.1


@dataclass(frozen=True)
class Request:
    """The options of `neurochannel train` as they were given, None where they were not.

    Raises
    ------
    OptionError
        If options exclude each other.
    """

    file: str | None
    resume: str | None
    settings: tuple[str, ...]
    data: str | None
    epochs: int | None
    batch_size: int | None
    rate: float | None
    decay: float | None
    seed: int | None
    chip_seed: int | None
    dtype: str | None
    threads: int | None
    out: str | None
    force: bool
    checkpoint_every: int | None
    observe: str | None
    observe_every: int | None
    plot: str | None
    as_json: bool
    quiet: bool

    def __post_init__(self) -> None:
        if self.file is None and self.resume is None:
            raise OptionError("train must have a FILE, a name such as srbp, or --resume CHECKPOINT")
        if self.file is not None and self.resume is not None:
            raise OptionError(
                f"FILE must be left out with --resume, got '{self.file}'; "
                f"the network is in {self.resume}"
            )
        if self.settings and self.resume is not None:
            raise OptionError(
                f"--set must be left out with --resume; the network is in {self.resume}"
            )
        if self.file is not None and self.file.endswith((".h5", ".hdf5")):
            raise OptionError(
                f"FILE must be a topology (TOML), got '{self.file}'; "
                f"to resume from a checkpoint write --resume {self.file}"
            )
        if self.checkpoint_every is not None and self.kept_in is None:
            raise OptionError("--checkpoint-every must come with --out FILE.h5; add it")
        if self.observe_every is not None and self.observe is None:
            raise OptionError("--observe-every must come with --observe; add --observe all")

    @property
    def observed(self) -> tuple[str, ...]:
        """The words that --observe names; none for all."""
        words = tuple(word.strip() for word in (self.observe or "").split(","))
        return () if words == ("all",) else words

    @property
    def observing(self) -> str:
        """The options that observe in the same way again."""
        if self.observe is None:
            return ""
        every = f" --observe-every {self.observe_every}" if self.observe_every else ""
        return f" --observe {','.join(self.observed) or 'all'}{every}"

    @property
    def kept_in(self) -> str | None:
        """The checkpoint to write."""
        return self.out or self.resume

    @property
    def goal(self) -> int:
        """The epoch to train up to."""
        return EPOCHS if self.epochs is None else self.epochs

    @property
    def learning_rate(self) -> Rate:
        """The rate that was asked for."""
        rate = RATE if self.rate is None else self.rate
        return Decay(rate, self.decay) if self.decay else rate

    def check_outputs(self) -> None:
        """Refuse files that could not be written, or would be lost.

        Raises
        ------
        NeurochannelError
            If there is such a file.
        """
        if self.kept_in is not None:
            from neurochannel.atomic import check_writable

            own = self.resume is not None and os.path.realpath(self.resume)
            is_own = os.path.realpath(self.kept_in) == own
            check_new("--out", self.kept_in, self.force or is_own)
            check_writable(self.kept_in)
        if self.plot:
            if self.kept_in and os.path.realpath(self.plot) == os.path.realpath(self.kept_in):
                raise OptionError(f"--plot must name another file than the checkpoint {self.plot}")
            from neurochannel.plot.figure_files import check_figure_path

            check_figure_path(self.plot)

    def check_against(self, summary: Summary) -> None:
        """Refuse options that contradict the checkpoint to resume from.

        Raises
        ------
        OptionError
            If there is such an option.
        """
        known = summary.options
        for name in ("batch_size", "seed", "dtype"):
            self._check_same(name, getattr(self, name), known[name])
        self._check_same("chip_seed", self.chip_seed, summary.chip_seed)
        rate = known["rate"]
        if isinstance(rate, str):
            if self.rate is None:
                raise OptionError(
                    f"{self.resume} was trained with a rate that is a function, '{rate}', which no "
                    "file can hold; add --rate, or resume in Python"
                )
        else:
            slow = rate if isinstance(rate, Decay) else Decay(rate, 0.0)
            self._check_same("rate", self.rate, slow.rate)
            self._check_same("decay", self.decay, slow.decay)
        done = summary.progress.epoch
        if done >= self.goal and done != self.epochs:
            given = "left out, which means 10" if self.epochs is None else self.epochs
            raise OptionError(
                f"--epochs must be more than {done}, the epochs that {self.resume} has already, "
                f"got {given}"
            )

    def _check_same(self, name: str, given: object, known: object) -> None:
        if given is not None and given != known:
            option = f"--{name.replace('_', '-')}"
            raise OptionError(
                f"{option} must be {known} as in {self.resume}, got {given}; leave it out"
            )
