"""Stages that draw random numbers: noise of wires, and numbers that are lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from neurochannel.model.limits.amounts import Amount
from neurochannel.model.limits.stage import Levels, Stage
from neurochannel.model.problems import Problem, Remedy


class _Drawn(Stage):
    """A stage that always draws."""

    @property
    def draws(self) -> bool:
        """Always."""
        return True


class Noise(_Drawn):
    """What a wire adds: x + noise * z, z normal with mean 0 and variance 1, one for each number.

    Parameters
    ----------
    noise
        The standard deviation; 0 for none.

    Notes
    -----
    z is nearly normal, see docs/randomness.md: its tails end at 8.
    """

    noise: Annotated[
        Amount, Field(description="Standard deviation of what is added to each number.")
    ] = 0.0

    @property
    def kernel(self) -> str:
        """`add_noise`."""
        return "add_noise"


class NoiseOfSent(Noise):
    """Noise of numbers that are sent: where there is none, which is 0, there is no noise either."""

    @property
    def kernel(self) -> str:
        """`add_noise_to_sent`."""
        return "add_noise_to_sent"

    @property
    def chance(self) -> str:
        """That of noise."""
        return "add_noise"


class RelativeNoise(_Drawn):
    """What a wire adds in proportion: x * (1 + relative_noise * z), z as in `Noise`.

    Parameters
    ----------
    relative_noise
        The standard deviation as a part of x; 0 for none.
    """

    relative_noise: Annotated[
        Amount,
        Field(description="Standard deviation of what is added to each number, as a part of it."),
    ] = 0.0

    @property
    def kernel(self) -> str:
        """`scale_noise`."""
        return "scale_noise"

    @property
    def numbers(self) -> dict[str, float]:
        """The standard deviation."""
        return {"noise": self.relative_noise}

    @property
    def label(self) -> str:
        """``noise 0.05 x``."""
        return f"noise {self.relative_noise:.3g} x"


Per = Literal["message", "wire"]


class Loss(_Drawn):
    """Numbers that do not arrive: 0 with probability p, drawn for each number on its own.

    In `receive` this is dropout of neurons in the learning channel.

    Parameters
    ----------
    loss
        The probability p; 0 for none. Chance decides in steps of 2**-24.
    rescale
        Whether what arrives is divided by 1 - p, so that the mean stays.

    Notes
    -----
    After Baldi, Sadowski & Lu (2018), arXiv:1612.02734, section 6.1.
    """

    loss: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            lt=1,
            allow_inf_nan=False,
            description="Probability that a number is lost, so that 0 arrives.",
        ),
        Remedy("leave it out for none"),
    ] = 0.0
    rescale: Annotated[
        bool,
        Field(strict=True, description="Whether what arrives is divided by 1 - loss."),
    ] = False

    def _mistakes(self) -> Iterator[Problem]:
        if self.rescale and not self.loss:
            yield Problem(
                ("rescale",),
                "must be left out where nothing is lost, got true; "
                "remove it, or give the probability of a loss, for example loss = 0.5",
                frozenset({"loss", "rescale"}),
            )

    @property
    def active(self) -> bool:
        """Whether anything is lost."""
        return self.loss > 0

    @property
    def of_neuron(self) -> bool:
        """Always: who hears nothing hears nothing of any sum."""
        return True

    @property
    def silences(self) -> bool:
        """Always."""
        return True

    @property
    def kernel(self) -> str:
        """`lose`."""
        return "lose"

    @property
    def numbers(self) -> dict[str, float]:
        """The probability, and the factor of what arrives."""
        return {"loss": self.loss, "gain": self._gain}

    @property
    def _gain(self) -> float:
        return 1 / (1 - self.loss) if self.rescale else 1.0

    def delivered(self, n: float) -> float:
        """Return the part that is not lost."""
        return n * (1 - self.loss)

    def levels(self, before: Levels) -> Levels:
        """Return those before it, rescaled, and 0."""
        return None if before is None else np.union1d(before * self._gain, [0.0])

    @property
    def label(self) -> str:
        """``loss 0.5``."""
        return f"loss {self.loss:g}" + ", rescaled" * self.rescale

    def remedy(self, largest: float) -> str:
        """Return that less is to be lost."""
        return "choose a smaller loss"


class MessageLoss(Loss):
    """The same for messages, of which all wires may lose theirs together or each for itself.

    Parameters
    ----------
    per
        "message": what is lost reaches no neuron; "wire": each wire loses it on its own.
    """

    per: Annotated[
        Per, Field(description="Whether messages are lost for all neurons, or on each wire.")
    ] = "message"

    @property
    def at_wires(self) -> bool:
        """Whether each wire loses messages on its own."""
        return self.per == "wire"

    @property
    def silences(self) -> bool:
        """Whether whole messages are lost."""
        return self.per == "message"

    @property
    def kernel(self) -> str:
        """`lose`, which at wires is a part of the kernels that deliver."""
        return "lose"

    def levels(self, before: Levels) -> Levels:
        """Return those before it if wires lose on their own, and those of `Loss` otherwise."""
        return before if self.at_wires else super().levels(before)

    @property
    def label(self) -> str:
        """``loss 0.5``, or ``loss 0.5 per wire``."""
        return super().label + " per wire" * self.at_wires
