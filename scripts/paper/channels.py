"""What sections 3, 5, 6 and 8 of the paper state of channels, in our words, for studies to decide.

The source and the margins are those of `scripts.paper.rules`.
"""

from __future__ import annotations

from itertools import pairwise

from scripts.paper.comparisons import CHANCE, Comparison, Statement, at, each
from scripts.paper.experiments import Curves, Ends, Experiment, curves_for
from scripts.paper.rules import LEARNERS

BITS = ("1", "2", "3", "4", "6", "10", "unlimited")
STEPS = tuple(pairwise(BITS[:-1]))
ERROR_BITS = Experiment(
    "bits",
    "5.1",
    "Bits of error",
    (
        Statement(
            "Performance degrades gracefully with the bits of what hidden neurons receive: no step "
            "down, from 10 to 6, 4, 3, 2 and 1 bits, costs as much as 5 points.",
            at("learner", LEARNERS, *each("bits", STEPS, above=-0.05)),
        ),
        Statement(
            "At 10 bits it is not to be told from 32-bit floats (similar to half a point).",
            at("learner", LEARNERS, Comparison("bits", "10", "unlimited", within=0.005)),
        ),
    ),
    (Ends("bits", "learner"), *curves_for("learner", LEARNERS, "bits", BITS)),
    note="The quantizer acts on what a hidden neuron receives, before f', so that errors add up "
    "along BP and RBP; its scale is 1/8. Its levels are powers of 2 at any number of bits; beyond "
    "6 only signals below 2^-34 are told apart better.",
)
UPDATE_BITS = Experiment(
    "update_bits",
    "5.2",
    "Bits of updates",
    (
        *(
            Statement(
                f"Very few bits of updates, here {bits}, still train to an accuracy of 90 % on the "
                "training set.",
                at(
                    "learner",
                    LEARNERS,
                    Comparison("bits", bits, above=0.9, outcome="train_accuracy"),
                ),
            )
            for bits in BITS[:3]
        ),
        Statement(
            "BP, RBP and SRBP suffer alike: at each number of bits random channels are similar to "
            "backpropagation (to 2 points).",
            at(
                "bits",
                BITS[:-1],
                *each("learner", {"RBP": "BP", "SRBP": "BP"}, within=0.02),
            ),
        ),
    ),
    (Ends("bits", "learner"), *curves_for("learner", LEARNERS, "bits", BITS)),
    note="The quantizer acts on the update of each example, of weights and biases, before the mean "
    "over the batch; its scale is 1/64, and the rate is constant. Few bits have no small level: "
    "whatever is not 0 becomes at least 1/64 with 1 bit, 1/128 with 2 and 1/512 with 3, and most "
    "updates are far smaller. So steps do not get smaller as errors do, as with signs of each "
    "example's updates above.",
)
DROPOUT = Experiment(
    "dropout",
    "6.1",
    "Dropout in the channel",
    (
        Statement(
            "BP, RBP and SRBP are robust against dropout in the learning channel: they lose no "
            "more than 1 point if a fifth of what hidden neurons receive is lost, and no more "
            "than 2 if half of it is.",
            at(
                "learner",
                LEARNERS,
                Comparison("dropped", "0.2", "0", above=-0.01),
                Comparison("dropped", "0.5", "0", above=-0.02),
            ),
        ),
    ),
    (Ends("dropped", "learner"), *curves_for("learner", LEARNERS, "dropped", ("0", "0.2", "0.5"))),
)
RBP_KINDS = ("congruent", "concordant", "2 sets", "10 sets")
DENSE, SPARSE = ("{0, 1}", "{-1, 1}"), ("sparse 1", "sparse 2", "sparse 8")
VALUED = [(f"{x} {kind}", x) for x in ("RBP", "SRBP") for kind in DENSE]
THINNED = [(f"{x} {kind}", x) for x in ("RBP", "SRBP") for kind in SPARSE]
KINDS = Experiment(
    "channels",
    "3",
    "Kinds of random channels",
    (
        Statement(
            "Channel weights with the signs of the forward weights work: congruent ones, with "
            "their initial signs, and concordant ones, with their present ones (no more than 1 "
            "point worse than random ones).",
            each("channel", {f"RBP {kind}": "RBP" for kind in RBP_KINDS[:2]}, above=-0.01),
        ),
        Statement(
            "Several sets of random matrices, one of which is used for each batch, work (no more "
            "than 2 points worse than a single set).",
            each("channel", {f"RBP {kind}": "RBP" for kind in RBP_KINDS[2:]}, above=-0.02),
        ),
        Statement(
            "Cascades, with channel edges between all pairs of layers, work (similar to RBP, to 1 "
            "point).",
            (Comparison("channel", "cascade", "RBP", within=0.01),),
        ),
        Statement(
            "Weights of {0, 1} and of {-1, 1} work (similar to normal ones, to 1 point).",
            each("channel", VALUED, within=0.01),
        ),
        Statement(
            "Sparse channels whose weights have a mean other than 0 work: with 1, 2 or 8 edges to "
            "each neuron (no more than 2 points worse than dense ones).",
            each("channel", THINNED, above=-0.02),
        ),
    ),
    (
        Curves("channel", ("RBP", *(f"RBP {kind}" for kind in RBP_KINDS), "cascade"), name="kinds"),
        Curves("channel", ("RBP", *(f"RBP {kind}" for kind in (*DENSE, *SPARSE))), name="rbp"),
        Curves("channel", ("SRBP", *(f"SRBP {kind}" for kind in (*DENSE, *SPARSE))), name="srbp"),
    ),
    note="The weights of sparse channels are all equal: only which edges there are is random. "
    "For SRBP, {0, 1} is {-1, 1} plus a constant, which delivers nothing from softmax outputs. "
    "All matrices that a batch meets are of the same set.",
)
ROUTES = Experiment(
    "routes",
    "3",
    "Long and short channel edges",
    (
        Statement(
            "Long channel edges, from the error to each layer, can stand next to short ones, from "
            "layer to layer: both together work as well as either (no more than 1 point worse).",
            each("channel", [("RBP and SRBP", x) for x in ("RBP", "SRBP")], above=-0.01),
        ),
    ),
    (Curves("channel", ("RBP", "SRBP", "RBP and SRBP")),),
)
RANDOM_TOP = Experiment(
    "random_top",
    "8",
    "Random weights in the rule of the top layer",
    (
        Statement(
            "Random weights in the learning rule of the top layer do not work at all (no better "
            "than chance, to 2 points).",
            (Comparison("top rule", "random", CHANCE, below=0.02),),
        ),
    ),
    (Curves("top rule", ("exact", "random")),),
    note="Hidden layers learn by SRBP in both. The output receives its errors over random weights, "
    "all to all, instead of each neuron its own.",
)
NONLINEAR = Experiment(
    "nonlinear",
    "8",
    "Non-linear units in the channel",
    (
        Statement(
            "Channels can have non-linear units: tanh relays work as well as linear ones (no more "
            "than 1 point worse).",
            (Comparison("channel", "tanh relays", "linear relays", above=-0.01),),
        ),
    ),
    (Curves("channel", ("RBP", "linear relays", "tanh relays")),),
    note="A chain of relays carries the error down, with random weights, and each passes its "
    "signal to one hidden layer, where it is multiplied by f'. RBP differs from linear relays in "
    "that its signal is multiplied by the derivatives of the layers above as well.",
)

CHANNELS = (
    ERROR_BITS,
    UPDATE_BITS,
    DROPOUT,
    KINDS,
    ROUTES,
    RANDOM_TOP,
    NONLINEAR,
)
"""In the order of the page."""
