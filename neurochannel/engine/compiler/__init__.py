"""From a network to a program: every graph algorithm of the engine lives in this step."""

from __future__ import annotations

from neurochannel.engine.chip import reserve_maps
from neurochannel.engine.compiler.channel import channel_code
from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.forward import (
    difference_code,
    error_code,
    forward_code,
    gather_code,
    score_code,
    scoring_code,
)
from neurochannel.engine.compiler.making import weight_code
from neurochannel.engine.compiler.memories import memory_code
from neurochannel.engine.compiler.noisy_reading import PREDICTION_READS, reading_code
from neurochannel.engine.compiler.paths import lane_bytes
from neurochannel.engine.compiler.shared_ends import joining_code
from neurochannel.engine.compiler.updates import update_code
from neurochannel.engine.compiler.window_calls import work_bytes
from neurochannel.engine.device_places import reserve_devices
from neurochannel.engine.edgelists import EdgeList
from neurochannel.engine.memory import MemoryMap, Wires
from neurochannel.engine.parameters import reserve_parameters
from neurochannel.engine.program import Paths, Program
from neurochannel.engine.uncollected import uncollected
from neurochannel.model.network import Network


@uncollected()
def compile_program(
    network: Network,
    edges: dict[str, EdgeList],
    paths: Paths,
    wires: Wires | None = None,
    batch_size: int = 1,
) -> Program:
    """Translate a network into calls of kernels.

    Parameters
    ----------
    network
        With all sizes known.
    edges
        The edges of its sparse bundles, from `draw_edges`.
    paths
        The choice between equivalent kernels, from `choose_paths`.
    wires
        Edge lists of other programs of this network, to be shared.
    batch_size
        Most examples of an update, whose messages may have to wait for another update.
    """
    memory = _reserved(network, edges, wires or Wires(), batch_size)
    coder = Coder(network, edges, memory, paths)
    # What is read in its place, and made of weights, is known to all that uses it.
    reading, made = reading_code(coder), weight_code(coder)
    forward = gather_code(coder) + forward_code(coder)
    phases = {
        "reading": reading,
        "weights": made,
        "forward": forward,
        "error": error_code(coder),
        "channel": channel_code(coder) + joining_code(coder),
        "updates": update_code(coder),
        "memory": memory_code(coder),
        "rereading": reading_code(coder, PREDICTION_READS),
        "prediction": scoring_code(coder) if _draws_apart(network) else forward,
        "difference": difference_code(coder),
        "score": score_code(coder),
    }
    return Program(
        phases={name: tuple(calls) for name, calls in phases.items()},
        memory=memory,
        paths=paths,
        widest=_widest(network, memory),
        lanes=max(lane_bytes(network, edges) if paths.lanes else 0, work_bytes(network)),
    )


def _draws_apart(network: Network) -> bool:
    """Tell whether predictions may draw other numbers than training does."""
    limited = any(edges.message is not None for edges in network.forward)
    neurons = any(part.neuron is not None for part in network.populations.values())
    return limited or neurons or network.has_devices


def _widest(network: Network, memory: MemoryMap) -> int:
    """Return the neurons of the largest population, or the rows of the tallest weights."""
    sizes = [network.size(name) for name in network.populations]
    return max(sizes + [one.shape[0] for one in memory.values.values() if len(one.shape) > 1])


def _reserved(
    network: Network, edges: dict[str, EdgeList], wires: Wires, batch_size: int
) -> MemoryMap:
    """Return the places of parameters, state and maps, which all programs share."""
    if wires.reserved is None:
        memory = MemoryMap(wires=wires)
        reserve_parameters(network, edges, memory, batch_size)
        reserve_maps(network, edges, memory)
        reserve_devices(network, memory)
        wires.reserved = memory
    return wires.reserved.copy()
