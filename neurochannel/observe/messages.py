"""What the learning channel really says: how often each level of a message is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neurochannel.engine.compiler.coder import sent_key
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.limits import Message
from neurochannel.model.network import Bundle, Network

OCTAVES = range(-20, 4)
"""Binary orders of magnitude of messages without levels; the ends hold what is beyond them."""


class Bins(NamedTuple):
    """Where messages are counted: at each of the levels, or by octave where these are None."""

    labels: tuple[str, ...]
    levels: np.ndarray | None


class Traffic(NamedTuple):
    """Messages of a bundle: fractions by bin, (n_bins,), and the entropy of them in bits."""

    fractions: np.ndarray
    entropy: float
    labels: tuple[str, ...]


@lru_cache(maxsize=256)
def bins_of(message: Message | None) -> Bins:
    """Return the bins for messages of this precision.

    A message with at most 255 levels is counted by level, from the most negative to the most
    positive one. Any other is counted by sign and octave: "2^k" are magnitudes from 2^k to 2^(k+1).
    """
    levels = message.levels(None) if message else None
    if levels is not None:
        return Bins(tuple(f"{level:g}" for level in levels), levels)
    below = tuple(f"-2^{octave}" for octave in reversed(OCTAVES))
    return Bins((*below, "0", *(f"2^{octave}" for octave in OCTAVES)), None)


def traffic_of(messages: np.ndarray, bins: Bins) -> Traffic:
    """Count messages.

    fractions = counts / n, entropy = -sum of p log2 p over the fractions p
    """
    values = messages.ravel()
    if bins.levels is not None:
        place = np.searchsorted((bins.levels[1:] + bins.levels[:-1]) / 2, values)
    else:
        octave = np.clip(np.frexp(values)[1] - 1, OCTAVES[0], OCTAVES[-1]) - OCTAVES[0] + 1
        place = len(OCTAVES) + np.sign(values).astype(np.int64) * octave
    fractions = np.bincount(place, minlength=len(bins.labels)) / values.size
    used = fractions[fractions > 0]
    return Traffic(fractions, float(-(used @ np.log2(used))) + 0.0, bins.labels)


def traffic(network: Network, columns: Mapping[str, np.ndarray]) -> Iterator[tuple[str, Traffic]]:
    """Yield what each channel bundle says, from the buffers that a batch has left."""
    counted: dict[tuple[str, tuple[str, ...]], Traffic] = {}
    for bundle in network.channel_bundles:
        column, bins = message_column(network, bundle, columns), bins_of(bundle.edges.message)
        key = column, bins.labels
        if key not in counted:
            counted[key] = traffic_of(columns[column], bins)
        yield bundle.name, counted[key]


def message_column(
    network: Network, bundle: Bundle[ChannelEdges], columns: Mapping[str, np.ndarray]
) -> str:
    """Return the name of the buffer that holds what arrives over a channel bundle.

    It is a copy of its own, one for all bundles of a source with the same limits, or the signal of
    the source itself where nothing limits it.
    """
    limits = bundle.edges.message
    if limits is not None:
        shared = f"message:{bundle.source} {limits.written}"
        for name in (f"message:{bundle.name}", shared):
            if name in columns:
                return name
    return sent_key(network, bundle.source)


def activity_column(
    network: Network, bundle: Bundle[ForwardEdges], columns: Mapping[str, np.ndarray]
) -> str:
    """Return the name of the buffer that holds the activity that arrives over a forward bundle."""
    limits = bundle.edges.message
    if limits is not None:
        shared = f"passed:{bundle.source} {limits.written}"
        for name in (f"passed:{bundle.name}", shared):
            if name in columns:
                return name
    return f"activity:{bundle.source}"
