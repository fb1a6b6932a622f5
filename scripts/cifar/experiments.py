"""What is asked of convolutional networks on CIFAR-10, as comparisons that studies decide."""

from __future__ import annotations

from scripts.paper.comparisons import CHANCE, Comparison, Statement, at, each
from scripts.paper.experiments import Curves, Experiment

FROZEN, FLOOR = "frozen convolutions, random", "top only"
RANDOM = ("RBP", "SRBP", "ARBP", "ASRBP")
OTHERS = ("SRBP, maps", "SRBP through pools", "SRBP, fan-in 2", "SRBP, 3 bits received")
AS_SRBP = dict.fromkeys(OTHERS[1:], "SRBP")

SMALL = Experiment(
    "small",
    "",
    "Learners and controls",
    (
        Statement(
            "Random channels do almost as well as backpropagation (similar to 5 points). This is "
            "how the paper's abstract puts it.",
            each("learner", dict.fromkeys(RANDOM, "BP"), within=0.05),
        ),
        Statement(
            "Backpropagation is better than each random channel by more than 5 points. Published "
            "work on other convolutional networks has gaps of this size and more.",
            each("learner", {"BP": "RBP"}, above=0.05)
            + each("learner", {"BP": "SRBP"}, above=0.05),
        ),
        Statement(
            "Random channels teach the convolutions something: they do better than the same "
            "random channel into the dense layer above convolutions that stay as they were drawn.",
            each("learner", dict.fromkeys(("RBP", "SRBP"), FROZEN), above=0.0),
        ),
        Statement(
            "Adaptive channels do better than that as well.",
            each("learner", dict.fromkeys(("ARBP", "ASRBP"), FROZEN), above=0.0),
        ),
        Statement(
            "Backpropagation teaches the convolutions: it does better than above convolutions "
            "that stay as they were drawn, with backpropagation into the dense layer.",
            (Comparison("learner", "BP", "frozen convolutions, BP", above=0.0),),
        ),
        Statement(
            "One weight for each map, a broadcast, is enough: SRBP with it is similar to SRBP "
            "with a weight for each neuron (to 2 points).",
            each("learner", {"SRBP, maps": "SRBP"}, within=0.02),
        ),
        Statement(
            "SRBP through pools to their winners, with two wires for each neuron, or with 3 bits "
            "of what neurons receive is similar to SRBP (to 2 points).",
            each("learner", AS_SRBP, within=0.02),
        ),
        Statement(
            "All of them learn more than the output alone does.",
            each("learner", dict.fromkeys(("BP", *RANDOM, *OTHERS, FROZEN), FLOOR), above=0.0),
        ),
    ),
    (
        Curves("learner", ("BP", *RANDOM, FROZEN, FLOOR)),
        Curves("learner", ("SRBP", *OTHERS, FROZEN), name="channels"),
    ),
    note="The rate of each learner is the best of those listed by the test accuracy of one seed "
    "after a quarter of the epochs. This seed is not among those that are compared.",
)

PAPER = Experiment(
    "paper",
    "",
    "The paper's network",
    (
        Statement(
            "The paper's network learns by backpropagation and by SRBP (better than guessing by "
            "more than 20 points).",
            each("learner", dict.fromkeys(("BP", "SRBP"), CHANCE), above=0.2),
        ),
    ),
    (Curves("learner", ("BP", "SRBP")),),
    note="One seed, so that differences between learners are not judged.",
)

SHARING = Experiment(
    "sharing",
    "",
    "To share or not to share",
    (
        Statement(
            "Shared windows do better than local ones.",
            at(
                "learner",
                ("BP", "SRBP"),
                *at(
                    "images",
                    ("still", "moved"),
                    Comparison("windows", "shared", "local", above=0.0),
                ),
            ),
        ),
        Statement(
            "Local windows gain by images that move: they learn what shared ones have anyway.",
            (
                Comparison(
                    "images",
                    "moved",
                    "still",
                    above=0.0,
                    where={"windows": "local", "learner": "BP"},
                ),
            ),
        ),
    ),
    tuple(
        Curves(
            "windows",
            ("shared", "local"),
            {"learner": learner, "images": "moved"},
            learner.lower(),
        )
        for learner in ("BP", "SRBP")
    ),
    note="After J. Ott, E. Linstead, N. LaHaye and P. Baldi, *Learning in the machine: To share or "
    "not to share?*, Neural Networks 126 (2020).",
)

EXPERIMENTS = (SMALL, PAPER, SHARING)
