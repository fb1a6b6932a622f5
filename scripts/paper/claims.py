"""What is claimed of learning channels, as comparisons that a study can decide.

Most of it is after Baldi, Sadowski & Lu (2018), arXiv:1612.02734. The margins are ours: they say
what "nearly", "about" and "slowly" mean here, in accuracy (0.02 are two points of a hundred).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """Two settings of an axis, and what is claimed of the mean difference a - b over seeds.

    Parameters
    ----------
    axis, a, b
        The column that tells both apart, and its values.
    above
        The claim is: a - b > above.
    within
        The claim is: |a - b| < within; one of the two is given.
    where
        Settings of other axes.
    outcome
        What is compared.
    """

    axis: str
    a: Any
    b: Any
    above: float | None = None
    within: float | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = "test_accuracy"

    @property
    def text(self) -> str:
        """The claim as a formula, differences in points of a hundred."""
        measure = self.outcome.replace("_accuracy", "")
        if self.within is not None:
            formula = f"|{self.a} - {self.b}| < {100 * self.within:g}"
        else:
            formula = f"{self.a} - {self.b} > {100 * (self.above or 0.0):g}"
        settings = ", ".join(f"{axis} {value}" for axis, value in self.where.items())
        return f"{formula} ({measure}{', ' + settings if settings else ''})"


@dataclass(frozen=True)
class Claim:
    """A claim that holds if each of its comparisons holds.

    Parameters
    ----------
    text
        One sentence.
    comparisons
        What it comes down to.
    """

    text: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Experiment:
    """A study, what it is to decide, and how it is drawn.

    Parameters
    ----------
    name
        Of its file studies/NAME.toml, or of a rule in `synapses`.
    title
        A few words.
    claims
        What it decides.
    against, by
        The axis of the figure, and the one that tells its curves apart.
    outcome
        What the figure shows.
    note
        What is known beforehand.
    """

    name: str
    title: str
    claims: tuple[Claim, ...]
    against: str
    by: str | None = None
    outcome: str = "test_accuracy"
    note: str = ""


def each(
    axis: str, pairs: Mapping[Any, Any] | list[tuple[Any, Any]], **options: Any
) -> tuple[Comparison, ...]:
    """Return the same comparison for several pairs of settings."""
    listed = pairs.items() if isinstance(pairs, Mapping) else pairs
    return tuple(Comparison(axis, a, b, **options) for a, b in listed)


def at(axis: str, values: list[Any], *comparisons: Comparison) -> tuple[Comparison, ...]:
    """Return comparisons at each of several settings of another axis."""
    return tuple(
        Comparison(c.axis, c.a, c.b, c.above, c.within, {**c.where, axis: value}, c.outcome)
        for value in values
        for c in comparisons
    )


GATED = ("BP", "SBP", "RBP", "SRBP")
SHALLOW, DEEP = {"network": "shallow"}, {"network": "depth_4"}

EXPERIMENTS = (
    Experiment(
        "learners",
        "Nine learners",
        (
            Claim(
                "Random channels reach nearly the accuracy of backpropagation, skipped or not.",
                each("learner", [("BP", x) for x in GATED[1:]], within=0.02, where=SHALLOW),
            ),
            Claim(
                "Without f' each of them is worse.",
                each("learner", [(x, f"{x} no f'") for x in GATED], above=0.0, where=SHALLOW),
            ),
            Claim(
                "Without f' each of them is worse by more than 5 points in a deep network.",
                each("learner", [(x, f"{x} no f'") for x in GATED], above=0.05, where=DEEP),
            ),
            Claim(
                "Training the top layer only is worse than any of them with f'.",
                each("learner", [(x, "top only") for x in GATED], above=0.0, where=SHALLOW),
            ),
        ),
        "learner",
        "network",
    ),
    Experiment(
        "adaptive",
        "Adaptive channels",
        (
            Claim(
                "Channels that adapt train no worse than those that stay fixed, to half a point.",
                each("learner", {"ARBP": "RBP", "ASRBP": "SRBP"}, above=-0.005),
            ),
        ),
        "learner",
    ),
    Experiment(
        "sparse",
        "Sparse channels",
        (
            Claim(
                "Fewer channel edges are only slowly worse: 1 point for 8, 2 for 2 and 5 for 1.",
                at(
                    "learner",
                    ["RBP", "SRBP", "ASRBP"],
                    Comparison("edges", "8", "all", above=-0.01),
                    Comparison("edges", "2", "all", above=-0.02),
                    Comparison("edges", "1", "all", above=-0.05),
                ),
            ),
        ),
        "edges",
        "learner",
    ),
    Experiment(
        "bits",
        "Bits of error messages",
        (
            Claim(
                "Few bits suffice: 3 bits lose no more than 3 points, 5 bits no more than 1.",
                (
                    Comparison("bits", "3", "unlimited", above=-0.03),
                    Comparison("bits", "5", "unlimited", above=-0.01),
                ),
            ),
            Claim(
                "One bit, the sign, beats training the top layer only.",
                (Comparison("bits", "1", "top only", above=0.0),),
            ),
        ),
        "bits",
    ),
    Experiment(
        "bits_stochastic",
        "Bits of messages with stochastic rounding",
        (
            Claim(
                "Two bits (three levels) lose no more than 1 point with stochastic rounding.",
                (Comparison("bits", "2", "unlimited", above=-0.01),),
            ),
        ),
        "bits",
    ),
    Experiment(
        "update_bits",
        "Bits of weight changes",
        (
            Claim(
                "Few bits suffice: 4 bits lose no more than 2 points, 8 bits no more than 1.",
                at(
                    "learner",
                    ["BP", "SRBP"],
                    Comparison("bits", "4", "unlimited", above=-0.02),
                    Comparison("bits", "8", "unlimited", above=-0.01),
                ),
            ),
        ),
        "bits",
        "learner",
    ),
    Experiment(
        "redrawn",
        "Channels that are redrawn at each mini-batch",
        (
            Claim(
                "A channel that is redrawn is no better than training the top layer only.",
                (Comparison("channel", "top only", "redrawn", above=-0.01),),
            ),
            Claim(
                "If it keeps the signs of the forward weights, it fits the training data like "
                "backpropagation, to half a point.",
                (
                    Comparison(
                        "channel",
                        "redrawn, signs kept",
                        "tied",
                        above=-0.005,
                        outcome="train_accuracy",
                    ),
                ),
            ),
        ),
        "channel",
        outcome="train_accuracy",
    ),
    Experiment(
        "means",
        "Channel weights whose mean is not 0",
        (
            Claim(
                "A mean other than 0 changes nothing, to 1 point.",
                at(
                    "learner",
                    ["RBP", "SRBP"],
                    *each("channel mean", [(m, "0") for m in ("-0.2", "0.1", "0.2")], within=0.01),
                ),
            ),
        ),
        "channel mean",
        "learner",
        note="For SRBP this is certain: the errors of softmax and cross-entropy add up to 0 in "
        "each example, so a constant added to all weights from `error` delivers nothing.",
    ),
    Experiment(
        "frozen",
        "Frozen layers",
        (
            Claim(
                "Freezing a layer while deeper ones learn is worse than freezing those as well.",
                at(
                    "learner",
                    ["BP", "RBP", "SRBP"],
                    Comparison("frozen", "1 and 2", "2", above=0.0),
                    Comparison("frozen", "1 to 3", "3", above=0.0),
                ),
            ),
        ),
        "frozen",
        "learner",
    ),
    Experiment(
        "signs",
        "Only the sign, only the magnitude",
        (
            Claim(
                "With only the sign of messages, learning lies between the full channel and the "
                "top layer only.",
                (
                    Comparison("message", "all", "sign", above=0.0),
                    Comparison("message", "sign", "top only", above=0.0),
                ),
            ),
            Claim(
                "With only their magnitude, it is no better than training the top layer only.",
                (Comparison("message", "top only", "magnitude", above=-0.01),),
            ),
        ),
        "message",
    ),
    Experiment(
        "synapses",
        "Separate feedback weights for each synapse",
        (
            Claim(
                "Random feedback weights for each synapse instead of each neuron do no better "
                "than training the top layer only.",
                (Comparison("feedback", "top only", "each synapse", above=-0.01),),
            ),
        ),
        "feedback",
    ),
    Experiment(
        "activations",
        "Activations",
        (
            Claim(
                "Random channels train the hidden layers of linear, logistic, tanh and ReLU "
                "networks: they beat training the top layer only.",
                at(
                    "activation",
                    ["linear", "logistic", "tanh", "relu"],
                    *each("learner", {"RBP": "top only", "SRBP": "top only"}, above=0.0),
                ),
            ),
        ),
        "activation",
        "learner",
    ),
    Experiment(
        "depth",
        "Depth",
        (
            Claim(
                "Random channels lose no more than 3 points against backpropagation at any depth.",
                at(
                    "hidden layers",
                    [1, 2, 4, 6],
                    *each("learner", {"RBP": "BP", "SRBP": "BP"}, above=-0.03),
                ),
            ),
        ),
        "hidden layers",
        "learner",
    ),
)
