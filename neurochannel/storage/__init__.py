"""Checkpoints: runs in HDF5 files, written whole, checked when read, and resumed bit for bit."""

from neurochannel.storage.checkpoint import Checkpoint, load, save
from neurochannel.storage.contents import Summary, peek, peek_network, read_history

__all__ = ["Checkpoint", "Summary", "load", "peek", "peek_network", "read_history", "save"]
