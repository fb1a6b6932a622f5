"""One example on its way through a trained network, for a page."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurochannel.engine.simulation import Simulation
from neurochannel.errors import NeurochannelError
from neurochannel.observe.passage import PassageStep, passage
from neurochannel.reports.blocks import Block, Paragraph, Section, Widget

TRIED = 256
"""Examples among which the one with the largest error is taken."""
MOST_VALUES = 1024
MOST_STEPS = 60
DIGITS = 4
TITLES = {
    "activity": "activity of {}",
    "start": "{}, from which the channel starts",
    "message": "message over {}",
    "signal": "learning signal of {}",
}


def example_section(run: Simulation) -> Section:
    """Show an example that the network still gets wrong, step by step."""
    return Section(
        "One example",
        _blocks(run),
        "activity goes up, messages come down: what each part holds for one example",
    )


def _blocks(run: Simulation) -> list[Block]:
    if run.data is None:
        return [Paragraph("Left out: the data of this run is not here; name it with --data.")]
    split, where = (run.data.test, "test") if run.data.test else (run.data.train, "training")
    x, t = split.x[:TRIED], split.t[:TRIED]
    try:
        chosen = _worst(run.predict(x), t)
        steps = passage(run, x[chosen : chosen + 1], t[chosen : chosen + 1])
    except NeurochannelError as problem:
        return [Paragraph(f"Left out: {problem}.")]
    label = f", of class {int(t[chosen])}" if t.ndim == 1 else ""
    told = (
        f"Example {chosen} of the {where} split{label}: the one with the largest error of the "
        f"first {len(x)}. Blue is negative, orange positive; a message that is limited is shown "
        "before and after its limits."
    )
    data = {"title": "Step by step", "steps": [_step(step) for step in steps[:MOST_STEPS]]}
    shows = "What each population and each channel edge holds for one example, step by step"
    return [Paragraph(told), Widget("passage", "example", shows, data)]


def _worst(predicted: np.ndarray, t: np.ndarray) -> int:
    """Return the example whose prediction is farthest from its target."""
    wanted = np.eye(predicted.shape[1])[t] if t.ndim == 1 else np.asarray(t, np.float64)
    return int(np.argmax(np.sum((predicted - wanted) ** 2, axis=1)))


def _step(step: PassageStep) -> dict[str, Any]:
    sent = None if step.sent is None or np.array_equal(step.sent, step.values) else step.sent
    kind = "channel" if step.kind == "message" else step.kind
    return {
        "title": TITLES[step.kind].format(step.name),
        "marks": f"{kind}: {step.name}" if step.kind == "message" else step.name,
        "n": len(step.values),
        "values": _short(step.values),
        "sent": None if sent is None else _short(sent),
    }


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values[:MOST_VALUES]]
