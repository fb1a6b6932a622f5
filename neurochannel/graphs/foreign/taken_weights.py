"""The attribute of edges that initial weights are taken from, and their scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurochannel.errors import NetworkError
from neurochannel.graphs.foreign.foreign_graph import Column, ForeignGraph, has_value
from neurochannel.graphs.foreign.import_options import NONE, ImportSettings
from neurochannel.graphs.foreign.journal import Journal, counted
from neurochannel.model.problems import did_you_mean, listed, short

WEIGHT = "weight"
LARGE = 3.0
"""Initial weights that saturate most activations."""


def take_weights(graph: ForeignGraph, options: ImportSettings, journal: Journal) -> ForeignGraph:
    """Put the numbers of an attribute into the column "weight", NaN for an edge without one."""
    key = options.weight or NONE
    edges = {name: column for name, column in graph.edges.items() if name != WEIGHT}
    if key == NONE:
        if WEIGHT in graph.edges:
            journal.say(f"left out the attribute {WEIGHT} of edges; initial weights are drawn")
        return replace(graph, edges=edges)
    if key not in graph.edges:
        if key == WEIGHT:
            return graph
        hint = did_you_mean(key, graph.edges) or (
            f"there are {listed(graph.edges)}" if graph.edges else "they have none"
        )
        raise NetworkError(f"weight must be an attribute of the edges, got {short(key)}; {hint}")
    weights = _numbers(graph, key)
    given = weights[~np.isnan(weights)]
    if not len(given):
        return replace(graph, edges=edges)
    least, most = given.min(), given.max()
    span = f"all {least:g}" if least == most else f"from {least:g} to {most:g}"
    some = "" if len(given) == len(weights) else f" of {counted(len(given), 'edge')}"
    large = max(abs(least), abs(most)) > LARGE and options.scale is None
    hint = "; they are large, scale='mean' would fit them to each neuron" if large else ""
    journal.say(f"took {key} as the initial weights{some}, {span}{hint}")
    edges.pop(key, None)
    return replace(graph, edges={**edges, WEIGHT: weights})


def _numbers(graph: ForeignGraph, key: str) -> NDArray[np.float64]:
    column = graph.edges[key]
    if column.dtype.kind in "biuf":
        weights = column.astype(np.float64)
        wrong = np.flatnonzero(np.isinf(weights))
    else:
        weights, wrong = _read(column)
    if len(wrong):
        raise NetworkError(
            f"{key} must be a finite number to be the weight of an edge, got "
            f"{short(column[wrong[0]])} at {graph.edge_label(wrong[0])} and {len(wrong):,} such "
            f"{'edge' if len(wrong) == 1 else 'edges'} in total; choose another attribute, or "
            "weight='none' to draw the weights"
        )
    return weights


def _read(column: Column) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    weights = np.full(len(column), np.nan)
    wrong: list[int] = []
    for at in np.flatnonzero(has_value(column)).tolist():
        try:
            weights[at] = float(column[at])
        except (TypeError, ValueError, OverflowError):
            wrong.append(at)
    wrong += np.flatnonzero(np.isinf(weights)).tolist()
    return weights, np.array(wrong, np.int64)


def scale_weights(
    graph: ForeignGraph, channel: NDArray[np.bool_], options: ImportSettings, journal: Journal
) -> ForeignGraph:
    """Multiply the weights of forward edges, or divide them by their size.

    For "unit", the incoming weights of each neuron become a vector of length 1, so that its total
    input has the spread of its sources if these are independent. For "mean", their magnitudes add
    up to 1, so that it is never larger than they are. For "max" the largest weight becomes 1 or -1.
    """
    scale = options.scale
    if scale is None:
        return graph
    weights = graph.edges.get(WEIGHT, np.full(len(channel), np.nan)).astype(np.float64)
    own = ~channel & ~np.isnan(weights)
    if not own.any():
        journal.say(
            "scaled nothing, because forward edges have no initial weights; weight names the "
            "attribute that they are taken from"
        )
        return graph
    if scale in ("unit", "mean"):
        power = 2 if scale == "unit" else 1
        sums = np.bincount(
            graph.targets[own], np.abs(weights[own]) ** power, minlength=len(graph.ids)
        )
        sizes = np.where(sums > 0, sums, 1.0) ** (1 / power)
        weights[own] /= sizes[graph.targets[own]]
        what = "to a vector of length 1" if scale == "unit" else "to a sum of magnitudes of 1"
        journal.say(f"scaled the incoming weights of each neuron {what}")
    elif scale == "max":
        largest = np.abs(weights[own]).max(initial=0.0) or 1.0
        weights[own] /= largest
        journal.say(f"divided the weights by {largest:g}, the largest of them")
    else:
        weights[own] *= float(scale)
        journal.say(f"multiplied the weights by {float(scale):g}")
    return replace(graph, edges={**graph.edges, WEIGHT: weights})
