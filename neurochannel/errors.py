"""The exceptions that neurochannel raises on purpose: each says where, what and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class NeurochannelError(Exception):
    """Anything that the user can fix; its text is one clear sentence."""


class NetworkError(NeurochannelError, ValueError):
    """A description of a network breaks one or more rules.

    Parameters
    ----------
    problems
        One sentence for each mistake.
    where
        The file in which they were found, if there is one.
    """

    def __init__(self, problems: str | Iterable[str], where: str | None = None) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        self.where = where
        super().__init__(self._text())

    def _text(self) -> str:
        prefix = f"{self.where}: " if self.where else ""
        if len(self.problems) == 1:
            return prefix + self.problems[0]
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        return f"{prefix}{len(self.problems)} mistakes:{lines}"

    def located(self, where: str) -> NetworkError:
        """Return the same mistakes with the file in which they were found."""
        return NetworkError(self.problems, where)

    def __reduce__(self) -> tuple[type[NetworkError], tuple[tuple[str, ...], str | None]]:
        return NetworkError, (self.problems, self.where)


class OptionError(NeurochannelError, ValueError):
    """An argument or option is out of range or does not fit the others."""


class DataError(NeurochannelError, ValueError):
    """A data set is missing, damaged or does not fit."""


class CheckpointError(NeurochannelError):
    """A checkpoint is missing, damaged or not ours, or cannot be written."""


class DivergenceError(NeurochannelError, ArithmeticError):
    """Training met numbers that are not finite.

    Parameters
    ----------
    runs
        Where several networks were trained together: all of them, so that none is lost.
    """

    def __init__(self, text: str, runs: Sequence[object] = ()) -> None:
        super().__init__(text)
        self.runs = list(runs)
