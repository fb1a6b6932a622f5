"""What a step leaves for later ones: messages that are on their way, and the time."""

from __future__ import annotations

from neurochannel.engine.compiler.coder import Coder
from neurochannel.engine.compiler.limits import sent_place, waiting_places
from neurochannel.engine.program import Call, call
from neurochannel.engine.streams import CLOCK
from neurochannel.kernels import waiting


def memory_code(coder: Coder) -> list[Call]:
    """Keep what bundles with a delay have sent, then let the clock run."""
    code = []
    for bundle in coder.network.channel_bundles:
        limits = bundle.edges.message
        if limits is not None and limits.remembers:
            by_update = limits.unit == "update"
            keep = waiting.keep_updates if by_update else waiting.keep_examples
            places = waiting_places(coder, bundle)
            code.append(call(keep, x=sent_place(coder, bundle), **places))
    clock = coder.memory.state.get(CLOCK)
    return code if clock is None else [*code, call(waiting.tick, clock=clock)]
