"""The streams of random numbers, named after what they are for.

What is drawn for one bundle does not change when another one is added: its stream is a hash of its
name.
"""

from __future__ import annotations

import zlib

import numpy as np

GENERATOR = "philox4x32-10, bulk 1"
"""How numbers are drawn: `kernels.random`, and `kernels.bulk` for those of every step. Another name
is given when a draw with the same seed, stream and step would be another number."""

VELOCITY, WAITING, FILLED, CLOCK = "velocity", "waiting", "filled", "clock"
"""State: of momentum, of messages on their way and how many there are, and what counts time."""
HIDDEN, WRITTEN, AGE = "hidden", "written", "age"
"""What devices hold in addition to the weights that are read: what is stored, the errors of writing
it, and the examples since it moved."""


OPPOSITE = "opposite "
"""How the key begins of the devices whose growth makes weights smaller, where weights are pairs."""

PER_UPDATE = 2**24
"""Steps that the draws of predictions have for each update: one for each batch of examples."""


def stream(name: str) -> np.uint64:
    """Return the number of the stream of this name, e.g. "weights:input -> hidden1"."""
    return np.uint64(zlib.crc32(name.encode()))


def weights_key(bundle: str) -> str:
    """Name the weights of a forward bundle."""
    return f"weights:{bundle}"


def bias_key(population: str) -> str:
    """Name the biases of a population."""
    return f"bias:{population}"


def channel_key(bundle: str) -> str:
    """Name the weights of a bundle of the learning channel."""
    return f"channel:{bundle}"


def chip_stream(name: str) -> np.uint64:
    """Return the number of the stream of a chip's map, "gain:hidden1" for example."""
    return stream(f"chip:{name}")


def velocity_key(key: str) -> str:
    """Name the velocity of weights or biases that learn with momentum."""
    return f"{VELOCITY}:{key}"


def waiting_key(key: str) -> str:
    """Name the messages of a bundle that are on their way."""
    return f"{WAITING}:{key}"


def filled_key(key: str) -> str:
    """Name how many examples wait of each update."""
    return f"{FILLED}:{key}"


def opposite_key(key: str) -> str:
    """Name the devices whose growth makes weights smaller, where these are pairs."""
    return f"{OPPOSITE}{key}"


def held_key(what: str, key: str) -> str:
    """Name what devices hold of weights or biases: one of `HIDDEN`, `WRITTEN` and `AGE`."""
    return f"{what}:{key}"
