"""The choice between equivalent kernels: which of them is quickest for a batch of a size."""

from __future__ import annotations

from collections.abc import Mapping

from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.program import Paths
from neurochannel.kernels.lanes import MOST_BYTES
from neurochannel.model.network import Network

GEMM_FROM = 16
"""Smallest batch for which a call of BLAS beats row kernels."""

LANES_FROM = 3
"""Smallest batch for which single edges take many examples side by side."""

BLOCK = 2**23
"""Bytes of lanes that stay in the cache which processors share."""

FEWEST_BLOCKS, FEWEST_EDGES = 3, 4
"""From how many blocks of receivers on, and edges of a source to one of them, blocks pay."""


def choose_paths(
    batch_size: int, *, labels: bool, pixels: bool, images: bool, moved: bool = False
) -> Paths:
    """Return the paths that suit batches of this size.

    Parameters
    ----------
    labels
        Whether targets come as class labels.
    pixels
        Whether the inputs have a sparse copy that is worth using.
    images
        Whether the inputs are bytes.
    moved
        Whether they are images that move.
    """
    gemm, lanes = batch_size >= GEMM_FROM, batch_size >= LANES_FROM
    return Paths(gemm, lanes, pixels, labels, images, moved)


def block_of_receivers(edges: EdgeList) -> int:
    """Return how many receivers of a bundle make a block; 0 where it does without blocks."""
    size = BLOCK // MOST_BYTES
    blocks = -(-edges.n_target // size)
    enough = edges.n_edges >= FEWEST_EDGES * blocks * edges.n_source
    return size if blocks >= FEWEST_BLOCKS and enough else 0


def lane_bytes(network: Network, edges: Mapping[str, EdgeList]) -> int:
    """Return the bytes that the lanes of two populations take, or of one where lists are joined."""
    widest = max(network.size(name) for name in network.populations)
    both = max((one.n_source + one.n_target for one in edges.values()), default=0)
    return MOST_BYTES * max(both, widest)
