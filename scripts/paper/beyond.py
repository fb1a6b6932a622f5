"""What we ask beyond the paper, as comparisons that a study decides."""

from __future__ import annotations

from scripts.paper.comparisons import Comparison, Statement, at, each
from scripts.paper.experiments import Curves, Ends, Experiment, curves_for

PLACES = ("before C", "received")
PARTS = ("sign", "magnitude", "3 bits")
DEPTHS = (1, 2, 4, 6)
RANDOM = {"RBP": "BP", "SRBP": "BP"}

RATES = Experiment(
    "rates",
    "",
    "Units and rates",
    (
        Statement(
            "With a rate of 0.01 random channels work with linear and rectified linear units "
            "(similar to backpropagation, to 2 points).",
            at(
                "activation",
                ("linear", "relu"),
                *each("learner", RANDOM, within=0.02, where={"rate": 0.01}),
            ),
        ),
        Statement(
            "With a rate of 1 they work with logistic units (similar to backpropagation, to 2 "
            "points).",
            each("learner", RANDOM, within=0.02, where={"activation": "logistic", "rate": 1.0}),
        ),
    ),
    tuple(
        Ends("rate", "learner", where={"activation": units}, name=units)
        for units in ("linear", "logistic", "relu")
    ),
    note="The rate of each network falls by 1e-6 with each update, from the one that is given.",
)

BEYOND = (
    Experiment(
        "place",
        "",
        "The place of a limit",
        (
            Statement(
                "A sign is of more use if it is taken of what a neuron receives than if it is "
                "taken of each message before the channel weights.",
                (Comparison("limit", "sign received", "sign before C", above=0.0),),
            ),
            Statement(
                "A magnitude is of less use if it is taken of what a neuron receives.",
                (Comparison("limit", "magnitude before C", "magnitude received", above=0.0),),
            ),
            Statement(
                "With 3 bits the place does not matter (similar to 1 point).",
                (Comparison("limit", "3 bits received", "3 bits before C", within=0.01),),
            ),
        ),
        (Curves("limit", ("none", *(f"{part} {place}" for part in PARTS for place in PLACES))),),
        note="SRBP. Before the channel weights C the scale of signs and bits is 1, the range of "
        "errors; at the receiver it is 1/8.",
    ),
    Experiment(
        "stochastic",
        "",
        "Stochastic rounding",
        (
            Statement(
                "Messages of 2 bits (three levels) and of 3 lose no more than 1 point if they are "
                "rounded at random, so that their mean is exact.",
                each(
                    "bits",
                    {"2, stochastic": "unlimited", "3, stochastic": "unlimited"},
                    above=-0.01,
                ),
            ),
            Statement(
                "They lose less than those of as many bits that are rounded to powers of 2.",
                each("bits", {f"{b}, stochastic": f"{b}, powers" for b in (2, 3)}, above=0.0),
            ),
        ),
        (
            Curves(
                "bits",
                ("2, powers", "2, stochastic", "3, powers", "3, stochastic", "unlimited"),
            ),
        ),
        note="SRBP, messages limited before the channel weights.",
    ),
    Experiment(
        "depth",
        "",
        "Depth",
        (
            Statement(
                "Random channels lose no more than 2 points against backpropagation at any depth.",
                at(
                    "hidden layers",
                    DEPTHS,
                    *each("learner", RANDOM, above=-0.02),
                ),
            ),
        ),
        (
            Ends("hidden layers", "learner"),
            *curves_for("learner", ("RBP", "SRBP"), "hidden layers", DEPTHS),
        ),
    ),
    Experiment(
        "adaptive",
        "",
        "Adaptive channels: ARBP and Kolen-Pollack",
        (
            Statement(
                "Kolen and Pollack's rule, adaptive weights with decay in both channels, is no "
                "more than 1 point worse than backpropagation.",
                (Comparison("learner", "KP", "BP", above=-0.01),),
            ),
            Statement(
                "It is better than ARBP.",
                (Comparison("learner", "KP", "ARBP", above=0.0),),
            ),
        ),
        (Curves("learner", ("BP", "RBP", "ARBP", "KP")),),
    ),
    Experiment(
        "targets",
        "",
        "Target projection",
        (
            Statement(
                "Hidden layers learn something useful from the target alone: direct random target "
                "projection beats training the top layer only.",
                (Comparison("learner", "target projection", "top only", above=0.0),),
            ),
            Statement(
                "It is worse than SRBP, which sends the error.",
                (Comparison("learner", "SRBP", "target projection", above=0.0),),
            ),
        ),
        (Curves("learner", ("SRBP", "target projection", "top only")),),
    ),
    RATES,
)
"""In the order of the page."""
