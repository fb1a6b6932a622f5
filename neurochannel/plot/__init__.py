"""Figures of networks and of how they learn, in one style, for papers as for a first look."""

from neurochannel.plot import backend  # noqa: F401, imported before all that needs matplotlib
from neurochannel.plot.angles import alignment
from neurochannel.plot.bands import study_curves
from neurochannel.plot.curves import learning_curves
from neurochannel.plot.drawing import network
from neurochannel.plot.files import save
from neurochannel.plot.heat_maps import heat_map
from neurochannel.plot.outcomes import outcome
from neurochannel.plot.traffic import messages
from neurochannel.plot.weight_images import matrices

__all__ = [
    "alignment",
    "heat_map",
    "learning_curves",
    "matrices",
    "messages",
    "network",
    "outcome",
    "save",
    "study_curves",
]


def __dir__() -> list[str]:
    return __all__
