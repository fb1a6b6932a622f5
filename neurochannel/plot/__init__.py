"""Figures of networks and of how they learn, in one style, for papers as for a first look.

Matplotlib is imported when a figure is first asked for; `neurochannel.plot.layout` never needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurochannel.plot.angles import alignment
    from neurochannel.plot.bands import study_curves
    from neurochannel.plot.curves import learning_curves
    from neurochannel.plot.drawing import network
    from neurochannel.plot.figure_files import save
    from neurochannel.plot.flows import flow
    from neurochannel.plot.heat_maps import heat_map
    from neurochannel.plot.outcomes import outcome
    from neurochannel.plot.responses import response
    from neurochannel.plot.traffic import messages
    from neurochannel.plot.weight_images import matrices

__all__ = [
    "alignment",
    "flow",
    "heat_map",
    "learning_curves",
    "matrices",
    "messages",
    "network",
    "outcome",
    "response",
    "save",
    "study_curves",
]

_HOMES = {
    "alignment": "angles",
    "flow": "flows",
    "heat_map": "heat_maps",
    "learning_curves": "curves",
    "matrices": "weight_images",
    "messages": "traffic",
    "network": "drawing",
    "outcome": "outcomes",
    "response": "responses",
    "save": "figure_files",
    "study_curves": "bands",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Before all that needs matplotlib, whatever backend the environment names.
    import_module("neurochannel.plot.backend")
    found = getattr(import_module(f"neurochannel.plot.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
