"""Figures of networks that learn, in one style, for papers as for a first look."""

from neurochannel.plot.curves import learning_curves
from neurochannel.plot.files import save

__all__ = ["learning_curves", "save"]
