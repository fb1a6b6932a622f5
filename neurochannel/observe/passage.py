"""One example on its way through a network: activity up, then messages down the channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from neurochannel.data.units import PIXELS
from neurochannel.engine.compiler.coder import sent_key
from neurochannel.engine.gate import Gate
from neurochannel.engine.inspection import Inspector
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.threads import one_blas_thread
from neurochannel.observe.messages import message_column


class PassageStep(NamedTuple):
    """What one part of a network holds when its turn has come.

    Parameters
    ----------
    kind
        "activity" of a population; "start", what the channel starts from; "message" over a channel
        bundle; "signal", the learning signal of a population.
    name
        Of the population, the start or the bundle.
    values
        (n,)
    sent
        Of messages: what the source had to say, before any limit, (n,); else None.
    """

    kind: Literal["activity", "start", "message", "signal"]
    name: str
    values: np.ndarray
    sent: np.ndarray | None = None


def passage(run: Simulation, x: ArrayLike, t: ArrayLike) -> list[PassageStep]:
    """Return what each part of a network holds for one example, in the order of a step.

    Nothing is changed. Draws, as of stochastic rounding, are those of the next update.

    Parameters
    ----------
    x, t
        One example, (1, inputs), and its label or target.

    Raises
    ------
    DataError
        If they do not fit the network.
    DivergenceError
        If numbers are not finite.
    """
    units = PIXELS if run.data is None else run.data.units
    gate = Gate(run.network, run.machine.dtype, units, run.data)
    with run.held(), one_blas_thread():
        columns = Inspector(run.machine, gate).buffers(x, t, run.updates_done)
    return list(_steps(run, {name: column[0].copy() for name, column in columns.items()}))


def _steps(run: Simulation, held: dict[str, np.ndarray]) -> Iterator[PassageStep]:
    network = run.network
    for population in network.forward_order:
        yield PassageStep("activity", population, held[f"activity:{population}"])
    for start in network.starts:
        yield PassageStep("start", start, held[sent_key(network, start)])
    for population in network.channel_order:
        for bundle in network.channel_bundles:
            if bundle.target == population:
                arrives = held[message_column(network, bundle, held)]
                sent = held[sent_key(network, bundle.source)]
                yield PassageStep("message", bundle.name, arrives, sent)
        yield PassageStep("signal", population, held[f"signal:{network.signal_of(population)}"])
