"""From a network to a program: every graph algorithm of the engine lives in this step."""

from __future__ import annotations

from neurochannel.engine.compiler.channel import channel_code, weight_code
from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.forward import error_code, forward_code, gather_code, score_code
from neurochannel.engine.compiler.updates import update_code
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.memory import MemoryMap, Wires
from neurochannel.engine.parameters import reserve_parameters
from neurochannel.engine.program import Program, Table
from neurochannel.model.network import Network


def compile_program(
    network: Network,
    edges: dict[str, EdgeList],
    batch_size: int,
    *,
    labels: bool,
    pixels: bool,
    wires: Wires | None = None,
) -> Program:
    """Translate a network into tables of instructions.

    Parameters
    ----------
    network
        With all sizes known.
    edges
        The edges of its sparse bundles, from `draw_edges`.
    batch_size
        For the choice between equivalent kernels.
    labels
        Whether targets come as class labels rather than as activities.
    pixels
        Whether the inputs have a sparse copy that is worth using.
    wires
        Edge lists of other programs of this network, to be shared.
    """
    memory = MemoryMap(wires=wires or Wires())
    reserve_parameters(network, edges, memory)
    coder = Coder(network, edges, memory, batch_size, labels, pixels)
    weights, forward = weight_code(coder), gather_code(coder) + forward_code(coder)
    signals = weights + forward + error_code(coder) + channel_code(coder)
    return Program(
        train=Table.of(signals + update_code(coder)),
        signals=Table.of(signals),
        forward=Table.of(forward),
        score=Table.of(forward + score_code(coder)),
        channel=Table.of(weights),
        memory=memory,
        wires=memory.wires,
        room=coder.room,
        widest=max(network.size(name) for name in network.populations),
    )
