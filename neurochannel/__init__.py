"""Learning algorithms as graphs: describe the learning channel of a network, and run it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from neurochannel import hooks

if TYPE_CHECKING:
    from neurochannel import data, errors, plot, theory
    from neurochannel.data import Data
    from neurochannel.engine.many import train_many, train_together
    from neurochannel.engine.rates import Decay
    from neurochannel.engine.simulation import Simulation
    from neurochannel.errors import (
        CheckpointError,
        DataError,
        DivergenceError,
        NetworkError,
        NeurochannelError,
        OptionError,
    )
    from neurochannel.graphs.convert import from_networkx, to_networkx
    from neurochannel.graphs.edge_arrays import from_arrays
    from neurochannel.graphs.formats import read, write
    from neurochannel.model.architectures import bidirectional, conjoined, distinct, twin
    from neurochannel.model.convnet import conv, convnet, local, pool
    from neurochannel.model.limits import Message, Receive, Update
    from neurochannel.model.limits.of_neurons import Neuron
    from neurochannel.model.network import ChannelEdges, ForwardEdges, Network, Population
    from neurochannel.model.populations import Bias
    from neurochannel.model.recipes import (
        arbp,
        asrbp,
        bp,
        cascade,
        kp,
        mlp,
        rbp,
        sbp,
        srbp,
        top_only,
    )
    from neurochannel.model.synapses import Synapse
    from neurochannel.model.weights import Init
    from neurochannel.observe.ledger import compare, ledger
    from neurochannel.observe.observers import Observe
    from neurochannel.reports.before_training import inspect
    from neurochannel.reports.page.reporting import report
    from neurochannel.storage import Checkpoint, load, save
    from neurochannel.study.pairs import paired
    from neurochannel.study.plan import points
    from neurochannel.study.result_frames import curves, outcomes
    from neurochannel.study.runner import run_study
    from neurochannel.study.spec import Study
    from neurochannel.study.statistics import summary
    from neurochannel.study.variances import variance_split

    __version__: str

__all__ = [
    "Bias",
    "ChannelEdges",
    "Checkpoint",
    "CheckpointError",
    "Data",
    "DataError",
    "Decay",
    "DivergenceError",
    "ForwardEdges",
    "Init",
    "Message",
    "Network",
    "NetworkError",
    "NeurochannelError",
    "Neuron",
    "Observe",
    "OptionError",
    "Population",
    "Receive",
    "Simulation",
    "Study",
    "Synapse",
    "Update",
    "__version__",
    "arbp",
    "asrbp",
    "bidirectional",
    "bp",
    "cascade",
    "compare",
    "conjoined",
    "conv",
    "convnet",
    "curves",
    "data",
    "distinct",
    "errors",
    "from_arrays",
    "from_networkx",
    "inspect",
    "kp",
    "ledger",
    "load",
    "local",
    "mlp",
    "outcomes",
    "paired",
    "plot",
    "points",
    "pool",
    "rbp",
    "read",
    "report",
    "run_study",
    "save",
    "sbp",
    "srbp",
    "summary",
    "theory",
    "to_networkx",
    "top_only",
    "train_many",
    "train_together",
    "twin",
    "variance_split",
    "write",
]

_ROOMS = ("data", "errors", "plot", "theory")
_NAMES = {
    "data": ("Data",),
    "engine.many": ("train_many", "train_together"),
    "engine.rates": ("Decay",),
    "engine.simulation": ("Simulation",),
    "errors": (
        "CheckpointError",
        "DataError",
        "DivergenceError",
        "NetworkError",
        "NeurochannelError",
        "OptionError",
    ),
    "graphs.convert": ("from_networkx", "to_networkx"),
    "graphs.edge_arrays": ("from_arrays",),
    "graphs.formats": ("read", "write"),
    "model.architectures": ("bidirectional", "conjoined", "distinct", "twin"),
    "model.convnet": ("conv", "convnet", "local", "pool"),
    "model.limits": ("Message", "Receive", "Update"),
    "model.limits.of_neurons": ("Neuron",),
    "model.network": ("ChannelEdges", "ForwardEdges", "Network", "Population"),
    "model.populations": ("Bias",),
    "model.recipes": (
        "arbp",
        "asrbp",
        "bp",
        "cascade",
        "kp",
        "mlp",
        "rbp",
        "sbp",
        "srbp",
        "top_only",
    ),
    "model.synapses": ("Synapse",),
    "model.weights": ("Init",),
    "observe.ledger": ("compare", "ledger"),
    "observe.observers": ("Observe",),
    "reports.before_training": ("inspect",),
    "reports.page.reporting": ("report",),
    "storage": ("Checkpoint", "load", "save"),
    "study.pairs": ("paired",),
    "study.plan": ("points",),
    "study.result_frames": ("curves", "outcomes"),
    "study.runner": ("run_study",),
    "study.spec": ("Study",),
    "study.statistics": ("summary",),
    "study.variances": ("variance_split",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package is fast."""
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif name in _ROOMS:
        value = import_module(f"{__name__}.{name}")
    elif name == "__version__":
        from importlib.metadata import version

        value = version(__name__)
    else:
        from neurochannel.renamed import why_gone

        unknown = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(why_gone(__name__, name) or unknown)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def _text_of(value: object) -> str:
    from neurochannel.reports.shown import text_of

    return text_of(value)


def _of_devices(name: str) -> Any:
    def call(*arguments: Any) -> Any:
        return getattr(import_module(f"{__name__}.engine.drawn_devices"), name)(*arguments)

    return call


hooks.text_of = _text_of
hooks.response, hooks.symmetry_point = _of_devices("response"), _of_devices("symmetry_point")
if "IPython" in sys.modules:
    from neurochannel import notebook

    notebook.register()
