"""What section 4 of the paper states of learning rules, in our words, for studies to decide.

P. Baldi, P. Sadowski, Z. Lu, Artificial Intelligence 260 (2018) 1-35, arXiv:1612.02734. Sections
are those of the journal version. The margins are ours: they say what "similar", "slightly" and
"robust" mean here, in accuracy (0.02 are two points of a hundred).
"""

from __future__ import annotations

from scripts.paper.comparisons import CHANCE, Comparison, Statement, at, each
from scripts.paper.experiments import Curves, Experiment, curves_for

LEARNERS = ("BP", "RBP", "SRBP")
ZERO = 0.999
"""A training accuracy of more than this counts as a training error of 0."""

SKIPPED = {"SBP": "BP", "SRBP": "RBP", "ASRBP": "ARBP"}
LEARN = Experiment(
    "learners",
    "4.1",
    "Learners",
    (
        Statement(
            "Random channels, skipped or not, adaptive or not, work almost as well as "
            "backpropagation (similar to 1 point).",
            each("learner", [(x, "BP") for x in ("RBP", "SRBP", "ARBP", "ASRBP")], within=0.01),
        ),
        Statement(
            "Skipped channels are slightly better than the others, on the test set.",
            each("learner", SKIPPED, above=0.0),
        ),
        Statement(
            "The same on the training set.",
            each("learner", SKIPPED, above=0.0, outcome="train_accuracy"),
        ),
        Statement(
            "The derivative of the layer that learns matters: without it each rule is worse.",
            each("learner", [(x, f"{x} no f'") for x in ("BP", "SBP", "RBP", "SRBP")], above=0.0),
        ),
    ),
    (
        Curves("learner", ("BP", "SBP", "RBP", "SRBP", "ARBP", "ASRBP", "top only")),
        Curves(
            "learner",
            ("BP", "SRBP", "BP no f'", "SBP no f'", "RBP no f'", "SRBP no f'", "top only"),
            name="derivative",
        ),
    ),
)
VERY_DEEP = Experiment(
    "very_deep",
    "4.1",
    "Very deep networks",
    (
        Statement(
            "Very deep networks can be trained with SRBP: one of ten hidden layers fits the "
            "training set (more than 99 %), and beats training the top layer only.",
            (
                Comparison("learner", "SRBP", above=0.99, outcome="train_accuracy"),
                Comparison("learner", "SRBP", "top only", above=0.0),
            ),
        ),
    ),
    (Curves("learner", ("BP", "SRBP", "top only")),),
)
REDRAWN = Experiment(
    "redrawn",
    "4.2 (1), (2)",
    "Channels redrawn at each batch",
    (
        Statement(
            "4.2 (1). RBP with matrices that are drawn again at each batch, with mean 0, works "
            "poorly: no better than training the top layer only (to 2 points).",
            (Comparison("channel", "redrawn", "top only", below=0.02),),
        ),
        Statement(
            "4.2 (1). It is similar to training the top layer only (to 2 points).",
            (Comparison("channel", "redrawn", "top only", within=0.02),),
        ),
        Statement(
            "4.2 (2). If each redrawn weight has the sign of its forward weight, the training "
            "error goes to 0 % (accuracy above 99.9 %).",
            (Comparison("channel", "redrawn, signs kept", above=ZERO, outcome="train_accuracy"),),
            approach=({"channel": "redrawn, signs kept"}, {"channel": "tied"}),
        ),
    ),
    (Curves("channel", ("tied", "fixed", "redrawn", "redrawn, signs kept", "top only")),),
    note="A redrawn channel moves the hidden weights at random, while the output learns from them.",
)
KINDS = ("normal", "normal, mean 0.1", "uniform", "uniform, mean 0.1")
MEAN_LEARNERS = ("RBP", "SRBP", "SRBP, logistic output")
MEANS = Experiment(
    "means",
    "4.2 (3)",
    "Channel weights whose mean is not 0",
    (
        Statement(
            "A mean other than 0 changes nothing (similar to 1 point), with normal or uniform "
            "weights, for RBP and SRBP.",
            at(
                "learner",
                MEAN_LEARNERS,
                *each("channel weights", {KINDS[1]: KINDS[0], KINDS[3]: KINDS[2]}, within=0.01),
            ),
        ),
    ),
    curves_for("learner", MEAN_LEARNERS, "channel weights", KINDS),
    note="For SRBP with softmax outputs this is certain: the errors of an example add up to 0, so "
    "a constant added to all weights of a bundle from `error` delivers exactly nothing. "
    "Hence logistic outputs, whose errors have any sum, are tested as well. In RBP signals of "
    "hidden layers have any sum, and a mean of 0.1, as large as the standard deviation, delivers "
    "the sum over 100 neurons to all of a layer alike.",
)
FROZEN_PAIRS = [("layers 1 to 2", "layer 2"), ("layers 1 to 3", "layer 3")]
FROZEN_PAIRS += [("layers 1 to 4", "layer 4")]
FROZEN = Experiment(
    "frozen",
    "4.2 (4)",
    "Layers that do not learn",
    (
        Statement(
            "With SRBP, fixing the weights of one layer h alone is often (for most h) worse than "
            "fixing all layers up to h.",
            each("frozen", FROZEN_PAIRS, above=0.0),
            needed="most",
        ),
    ),
    (
        Curves(
            "frozen",
            ("none", *(name for pair in FROZEN_PAIRS for name in reversed(pair))),
        ),
    ),
    note="A layer that is fixed keeps its weights and biases. Layers are counted from the input; "
    "for h = 1 both are the same.",
)
SIGNALS = (
    "all",
    "sign of updates",
    "sign of each example's updates",
    "sign received",
    "magnitude of updates",
    "magnitude received",
    "top only",
)
SIGNS = Experiment(
    "signs",
    "4.2 (5), (6)",
    "Only the sign, only the magnitude",
    (
        Statement(
            "4.2 (5), of updates. With only the signs of SRBP's updates learning is better than "
            "training the top layer only, and not as good as SRBP.",
            (
                Comparison("signal", "sign of updates", "top only", above=0.0),
                Comparison("signal", "all", "sign of updates", above=0.0),
            ),
        ),
        Statement(
            "4.2 (5), of the updates of each example before the mean over the batch. Better than "
            "training the top layer only.",
            (Comparison("signal", "sign of each example's updates", "top only", above=0.0),),
        ),
        Statement(
            "4.2 (5), of the received signal. With only the signs of what hidden neurons receive "
            "learning is better than training the top layer only, and not as good as SRBP.",
            (
                Comparison("signal", "sign received", "top only", above=0.0),
                Comparison("signal", "all", "sign received", above=0.0),
            ),
        ),
        Statement(
            "4.2 (6), of updates. With only their magnitudes nothing works at all (no better than "
            "chance, to 2 points).",
            (Comparison("signal", "magnitude of updates", CHANCE, below=0.02),),
        ),
        Statement(
            "4.2 (6), of the received signal. With only its magnitude nothing works at all (no "
            "better than chance, to 2 points).",
            (Comparison("signal", "magnitude received", CHANCE, below=0.02),),
        ),
    ),
    (Curves("signal", SIGNALS),),
    note="The paper can be read in several ways: the sign of the update of a batch, of that of "
    "each example, or of the signal that arrives at a neuron. The second cannot work: the sign of "
    "an example's update depends neither on how wrong the network is nor on f', so that steps "
    "never get smaller. Each example raises one output and lowers nine by the same amount, "
    "whatever the network says, and hidden units are driven into saturation. In the sum over a "
    "batch, whose sign is taken in the first reading, large errors count for more. Magnitudes move "
    "weights in one direction only, and saturate the network within an epoch.",
)
SYNAPSES = Experiment(
    "synapses",
    "4.2 (7)",
    "Feedback weights for each synapse",
    (
        Statement(
            "Random feedback weights of its own for each synapse do not work at all (no better "
            "than training the top layer only, to 2 points).",
            (Comparison("feedback", "each synapse", "top only", below=0.02),),
        ),
    ),
    (Curves("feedback", ("each neuron", "each synapse", "top only")),),
    note='The output has the exact error in all three, so that "not at all" is read as: the '
    "hidden layers are of no more use than if they did not learn.",
)
ACTIVATION_NAMES = ("tanh", "logistic", "relu", "linear")
ACTIVATIONS = Experiment(
    "activations",
    "4.2 (8)",
    "Activations",
    (
        Statement(
            "Random channels work with linear, logistic and rectified linear units as well: "
            "similar to backpropagation with the same units (to 2 points).",
            at(
                "activation",
                ("linear", "logistic", "relu"),
                *each("learner", {"RBP": "BP", "SRBP": "BP"}, within=0.02),
            ),
        ),
    ),
    curves_for("learner", LEARNERS, "activation", ACTIVATION_NAMES),
    note="Three things go wrong at this rate. The weights of a random channel do not shrink when "
    "those of the forward graph grow, and nothing bounds rectified linear units: with SRBP their "
    "activity grows a thousandfold from layer to layer within an epoch. Linear units do the same, "
    "slowly. The derivative of logistic units is 1/4 at most, so that what RBP delivers shrinks at "
    "every layer, and training is not over after 100 epochs. "
    "[Units and rates](#units-and-rates) tries other rates.",
)
RULES = (
    LEARN,
    VERY_DEEP,
    REDRAWN,
    MEANS,
    FROZEN,
    SIGNS,
    SYNAPSES,
    ACTIVATIONS,
)
"""In the order of the page."""
