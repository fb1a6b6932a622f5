"""Draws what a step costs against the size of the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from neurochannel import plot
from neurochannel.plot.style import line_style, styled


def draw_scaling(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw milliseconds a step against neurons, both logarithmic, with a line for each batch size.

    A dotted line grows in proportion to the number of edges.
    """
    with styled():
        figure = Figure(figsize=(3.4, 2.6), layout="constrained")
        axes = figure.add_subplot()
        for number, batch in enumerate(sorted({row["batch"] for row in rows})):
            line = [(row["neurons"], row["ms a step"]) for row in rows if row["batch"] == batch]
            n, cost = zip(*line, strict=True)
            axes.loglog(n, cost, marker="o", markersize=3, **line_style(number + 1))
            axes.annotate(f"batch {batch}", (n[-1], cost[-1]), (5, 0), textcoords="offset points")
            axes.loglog(n, [cost[0] * size / n[0] for size in n], ":", color="#8C8C8C", lw=0.8)
        axes.set_xlim(right=8e6)
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.yaxis.set_major_formatter(lambda cost, _: f"{cost:,g}")
        axes.set_xlabel("neurons (100 edges each, forward and channel)")
        axes.set_ylabel("ms a step")
        plot.save(figure, path)
