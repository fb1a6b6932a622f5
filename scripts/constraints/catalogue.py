"""What the studies of constraints decide, in the order of the page."""

from __future__ import annotations

from scripts.constraints.running import Trial
from scripts.paper.comparisons import Comparison, Reference, Statement, at, each
from scripts.paper.experiments import Ends

LEARNERS = ("BP", "RBP", "SRBP", "ARBP")
OWN = ("SRBP", "ARBP")
"""Learners whose channel has weights of its own."""
DEVICES = ("gokmen_vlasov", "ecram", "capacitor", "soft_bounds", "taox_hfox")
SOUND = {"loss": 0.0, "delay": 0}
EXACT = {"bits": "unlimited"}

MESSAGES = Trial(
    "messages",
    "",
    "Coarse, lossy and late messages",
    (
        Statement(
            "Messages of 3 bits, rounded at random, cost no more than 1 point.",
            at("learner", LEARNERS, Comparison("bits", "3", "unlimited", above=-0.01, where=SOUND)),
        ),
        Statement(
            "Messages of 1 bit, signs of size 1, cost no more than 5 points.",
            at("learner", LEARNERS, Comparison("bits", "1", "unlimited", above=-0.05, where=SOUND)),
        ),
        Statement(
            "If one message of 20 is lost, it costs no more than 1 point.",
            at(
                "learner",
                LEARNERS,
                Comparison("loss", 0.05, 0.0, above=-0.01, where={**EXACT, "delay": 0}),
            ),
        ),
        Statement(
            "If every other message is lost, it costs no more than 3 points.",
            at(
                "learner",
                LEARNERS,
                Comparison("loss", 0.5, 0.0, above=-0.03, where={**EXACT, "delay": 0}),
            ),
        ),
        Statement(
            "With 3 bits and a loss of 5 % random channels are similar to backpropagation with "
            "the same limits (to 2 points).",
            each(
                "learner",
                dict.fromkeys(LEARNERS[1:], "BP"),
                within=0.02,
                where={"bits": "3", "loss": 0.05, "delay": 0},
            ),
        ),
        Statement(
            "A delay of a single example destroys learning at this rate: it costs more than 30 "
            "points.",
            at(
                "learner",
                LEARNERS,
                Comparison("delay", 1, 0, below=-0.3, where={**EXACT, "loss": 0.0}),
            ),
        ),
    ),
    (
        Ends("bits", "learner", where=SOUND, name="bits"),
        Ends("loss", "learner", where={**EXACT, "delay": 0}, name="loss"),
        Ends("delay", "learner", where={**EXACT, "loss": 0.0}, name="delay"),
        Ends("bits", "learner", where={"loss": 0.5, "delay": 0}, name="half lost"),
    ),
    note="Examples are shuffled, so a message that is late by any number of examples is about "
    "another example than the one whose activity it meets.",
)
LATE = Trial(
    "late",
    "",
    "Late messages and the rate",
    (
        Statement(
            "At a rate of 0.1 messages that are 4 examples late do harm: a network whose hidden "
            "layers do not learn is better by more than 10 points.",
            each(
                "learner",
                dict.fromkeys(LEARNERS, "top only"),
                below=-0.1,
                where={"delay": 4, "rate": 0.1},
            ),
        ),
        Statement(
            "At a rate of 0.01 they do none: the networks are no more than 2 points worse than "
            "one whose hidden layers do not learn.",
            each(
                "learner",
                dict.fromkeys(LEARNERS, "top only"),
                above=-0.02,
                where={"delay": 4, "rate": 0.01},
            ),
        ),
        Statement(
            "But they are of no use at this rate: the networks are no more than 2 points better "
            "than that one.",
            each(
                "learner",
                dict.fromkeys(LEARNERS, "top only"),
                below=0.02,
                where={"delay": 4, "rate": 0.01},
            ),
        ),
    ),
    tuple(
        Ends("delay", "learner", where={"rate": rate}, name=f"rate {rate}") for rate in (0.1, 0.01)
    ),
)
CHANNELS = Trial(
    "devices",
    "",
    "Devices for weights, and for the channel",
    (
        Statement(
            "On each device random channels, skipped or adaptive, are similar to backpropagation "
            "(to 2 points), if the channel itself is exact.",
            at(
                "device",
                DEVICES,
                *each("learner", dict.fromkeys(OWN, "BP"), within=0.02, where={"channel": "ideal"}),
            ),
        ),
        Statement(
            "A channel of the same devices costs no more than 2 points against an exact one.",
            at(
                "learner",
                OWN,
                *at(
                    "device",
                    DEVICES,
                    Comparison("channel", "same device", "ideal", above=-0.02),
                ),
            ),
        ),
        Statement(
            "A channel of which 13 % of the devices are stuck costs no more than 1 point.",
            at(
                "learner",
                OWN,
                *at("device", DEVICES, Comparison("channel", "13 % stuck", "ideal", above=-0.01)),
            ),
        ),
        Statement(
            "Messages of 1 bit cost no more than 5 points.",
            at(
                "learner",
                LEARNERS[:1] + OWN,
                *at("device", DEVICES, Comparison("channel", "1 bit", "ideal", above=-0.05)),
            ),
        ),
    ),
    tuple(
        Ends("device", "channel", where={"learner": name}, name=name.lower())
        for name in ("BP", *OWN)
    ),
    note="A tied channel has no devices of its own: BP reads those of the forward weights "
    "backwards, so that for it *ideal*, *same device* and *13 % stuck* are the same network. "
    "A fixed random channel has of its devices all that is not about changes, here the bounds; the "
    "weights of ARBP are moved by pulses as well, where it has the same devices. Stuck devices are "
    "stuck at 0, and the others exact.",
)
CHIPS = Trial(
    "chips",
    "",
    "Seeds and chips",
    (
        Statement(
            "It matters little which chip one has: on each chip the mean accuracy over seeds is "
            "no more than 2 points below that on the first.",
            at(
                "what differs",
                ("EcRam", "SoftBounds", "neurons", "wires"),
                *each("chip_seed", {f"chip {n}": "chip 0" for n in range(1, 5)}, above=-0.02),
            ),
        ),
    ),
    (Ends("chip_seed", "what differs"),),
    note="SRBP. The seed of a run draws initial weights, the order of examples and noise; the seed "
    "of a chip draws how its devices differ. *EcRam* and *SoftBounds* are forward weights on these "
    "devices; *neurons* have gains and thresholds with spreads of 0.3 and 10 % dead ones; *wires* "
    "is a channel with 13 % dead wires, each on its own.",
    chips="chip_seed",
)
PULSES = Trial(
    "pulses",
    "",
    "Pulses of each example, and of a batch",
    (
        Statement(
            "On devices whose steps depend on the weight it is other physics to add up a batch "
            "first: networks with pulses of the batch are better.",
            at(
                "learner",
                ("BP", "SRBP"),
                *at(
                    "device",
                    ("ecram", "soft_bounds"),
                    Comparison("pulses", "batch", "example", above=0.0),
                ),
            ),
        ),
        Statement(
            "On GokmenVlasov, whose steps do not depend on the weight, it is the same (similar to "
            "1 point).",
            at(
                "learner",
                ("BP", "SRBP"),
                Comparison(
                    "pulses", "batch", "example", within=0.01, where={"device": "gokmen_vlasov"}
                ),
            ),
        ),
    ),
    tuple(
        Ends("device", "pulses", where={"learner": name}, name=name.lower())
        for name in ("BP", "SRBP")
    ),
    note='`pulses = "example"` is what crossbars do, `"batch"` a digital accumulator.',
    examples=30_000,
)
MEASURED = {"exact": 0.940, "idealized": 0.935, "soft_bounds": 0.878, "reram_es": 0.735}
"""Test accuracies of IBM's aihwkit 1.1.0 after 30,000 examples, one seed."""
TO_COMPARE = "to 2 points, the spread of single runs"
AIHWKIT = Trial(
    "aihwkit",
    "",
    "The same devices in aihwkit",
    (
        Statement(
            "Backpropagation on a device is as accurate as we measured it with aihwkit "
            f"(similar {TO_COMPARE}).",
            tuple(
                Comparison("device", name, Reference(value, "aihwkit"), within=0.02)
                for name, value in MEASURED.items()
            ),
        ),
    ),
    (),
    note="We trained the same network with IBM's aihwkit 1.1.0, 784-100-30-10, batches of 10, a "
    "rate of 0.1, exact reads, 30,000 examples of MNIST, with one seed. EcRam was not measured "
    "there: its accuracy stands in the table without a comparison.",
    examples=30_000,
    data="mnist",
)
AIHWKIT_SHORT = Trial(
    "aihwkit_short",
    "",
    "GokmenVlasov in aihwkit",
    (
        Statement(
            "Backpropagation on GokmenVlasov is as accurate as we measured it with aihwkit "
            f"(similar {TO_COMPARE}).",
            (Comparison("device", "gokmen_vlasov", Reference(0.920, "aihwkit"), within=0.02),),
        ),
    ),
    (),
    note="As before; the run with aihwkit was scored after 20,820 examples.",
    examples=20_820,
    data="mnist",
)
TRIALS = (MESSAGES, LATE, CHANNELS, CHIPS, PULSES, AIHWKIT, AIHWKIT_SHORT)
"""In the order of the page."""
