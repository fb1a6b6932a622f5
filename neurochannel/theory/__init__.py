"""What is proved about learning channels, and the engine held against it.

Closed forms in `forms` are plain NumPy and know nothing of the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurochannel.theory.flow import FlowPath, flow
    from neurochannel.theory.forms.ensembles import Ensemble, ensemble, random_starts
    from neurochannel.theory.forms.form import FixedPoint, Limit
    from neurochannel.theory.forms.linear import Linear, autoencoder, chain
    from neurochannel.theory.forms.modes import Modes
    from neurochannel.theory.forms.nonlinear import Nonlinear
    from neurochannel.theory.meeting import simulation, state_in, state_of, trained

__all__ = [
    "Ensemble",
    "FixedPoint",
    "FlowPath",
    "Limit",
    "Linear",
    "Modes",
    "Nonlinear",
    "autoencoder",
    "chain",
    "ensemble",
    "flow",
    "random_starts",
    "simulation",
    "state_in",
    "state_of",
    "trained",
]

_HOMES = {
    "Ensemble": "forms.ensembles",
    "FixedPoint": "forms.form",
    "FlowPath": "flow",
    "Limit": "forms.form",
    "Linear": "forms.linear",
    "Modes": "forms.modes",
    "Nonlinear": "forms.nonlinear",
    "autoencoder": "forms.linear",
    "chain": "forms.linear",
    "ensemble": "forms.ensembles",
    "flow": "flow",
    "random_starts": "forms.ensembles",
    "simulation": "meeting",
    "state_in": "meeting",
    "state_of": "meeting",
    "trained": "meeting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"neurochannel.theory.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
