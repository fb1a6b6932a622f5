"""What a ledger holds: the costs of each bundle, each population, and the memory of all."""

from __future__ import annotations

from typing import Literal, NamedTuple

TRANSPORTED = ("tied", "tied_product", "concordant", "concordant_redrawn")
"""Kinds of channel weights that must be known from the forward weights."""


class BundleCost(NamedTuple):
    """What one bundle costs, per example where nothing else is said.

    Parameters
    ----------
    kind, bundle
        "forward" or "channel", and ``"a -> b"``.
    weights
        "learning" or "frozen" for forward bundles, "max" or "mean" for pooling, which has none; the
        kind of channel weights for others.
    wires
        Single edges.
    multiply_adds
        Of delivery: one for each edge.
    update_multiply_adds
        Of changing the weights; with activity that comes back over this bundle to a relay.
    making_multiply_adds, draws, copies
        Work to make channel weights for each update: multiply-adds of matrix products, random
        numbers drawn, and weights or signs copied from others.
    messages
        Of forward bundles, numbers of activity where it is limited on its way, and else 0. Numbers
        that leave source neurons into this bundle: one for each source neuron that has an
        edge here, or less where limits withhold some. Each takes all its wires, so without limits
        there are as many wire-hops as `wires`.
    message_bits
        Bits of each message, with the number of its neuron where only some send: the logarithm of
        how many values the limits leave, 1 where only the sign is kept, otherwise the width of a
        number; one less where only the magnitude is kept, since no sign is sent.
    transported
        Wires whose weight or sign must be copied from the forward weights (weight transport).
    parameters
        Weights that the bundle keeps; of bundles that share them, the first keeps them.
    memory
        Bytes of its weights, of matrices to make or change them, of messages on their way, and of
        its edge list.
    senders, delivered
        Source neurons that have an edge here, and messages that arrive: those that are not lost.
    delay, delay_unit
        How late messages arrive, in "example"s or "update"s.
    shared
        Wires beyond the first of each weight: values that something which is not local must keep
        equal at each update.
    comparisons
        Of max pooling, instead of multiply-adds: one less than the neurons of a window for each.
    remembered
        Bits that pools remember of their winners for the way back.
    device
        What its weights are, in a word or two; empty for plain numbers.
    states
        Steps from one bound to the other, 2 hi / step for pairs; 0 where there are none.
    pulses, touched
        Of devices that learn by steps: pulses that a first batch asks for, and devices that get
        any, for each example.
    """

    kind: Literal["forward", "channel"]
    bundle: str
    weights: str
    wires: int
    multiply_adds: int
    update_multiply_adds: int
    making_multiply_adds: int
    draws: int
    copies: int
    messages: float
    message_bits: float
    transported: int
    parameters: int
    memory: int
    senders: int = 0
    delivered: float = 0
    delay: int = 0
    delay_unit: str = "example"
    shared: int = 0
    comparisons: int = 0
    remembered: float = 0
    device: str = ""
    states: float = 0
    pulses: float = 0
    touched: float = 0

    @property
    def late(self) -> str:
        """``4 examples``, or nothing."""
        return f"{self.delay:,} {self.delay_unit}{'s' * (self.delay != 1)}" if self.delay else ""

    @property
    def bits_sent(self) -> float:
        """Bits that leave the source neurons: messages times message_bits."""
        return self.messages * self.message_bits

    @property
    def bits_delivered(self) -> float:
        """Bits that arrive over all wires: wires times message_bits, less what does not arrive."""
        if self.kind == "forward" or not self.senders:
            return 0
        return self.wires * self.message_bits * self.delivered / self.senders


class PopulationCost(NamedTuple):
    """What the channel brings to one population.

    Parameters
    ----------
    population, role
        Its name, and "input", "hidden", "output" or "relay".
    steps
        Deliveries one after the other until its learning signal is complete: the longest path from
        `error` to it, 0 for the output; None if no signal arrives.
    bits
        Bits that arrive over channel wires per example.
    weights
        Incoming forward weights that may learn.
    signal_bits
        Bits of each number that it receives, after its own limits; None if no signal arrives.
    activity_bits
        Bits of each activity that it sends, as its converter leaves them; None for relays.
    dead
        Neurons that are silent for good.
    receive, neuron
        Limits of what it receives and of its neurons, in words; empty where there are none.
    """

    population: str
    role: Literal["input", "hidden", "output", "relay"]
    steps: int | None
    bits: float
    weights: int
    signal_bits: float | None
    activity_bits: float | None = None
    dead: int = 0
    receive: str = ""
    neuron: str = ""

    @property
    def bits_per_weight(self) -> float | None:
        """Bits of error information for each weight and example; None without channel wires."""
        served = self.role == "hidden" and self.steps is not None and self.weights > 0
        return self.bits / self.weights if served else None


class MemoryUse(NamedTuple):
    """Bytes that a network takes at batch size 1, all told.

    Parameters
    ----------
    forward
        Forward weights, biases, their changes that wait to be limited or carried on, the velocities
        of momentum, edge lists, and maps of the chip.
    activity
        Activity of the forward populations, and the error.
    channel
        Channel weights, kept or made, and edge lists; changes and velocities of adaptive ones;
        messages on their way.
    signals
        Learning signals, limited messages, and activity that comes back to relays.
    workspace
        Scratch that all kernels share.
    """

    forward: int
    activity: int
    channel: int
    signals: int
    workspace: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self)
