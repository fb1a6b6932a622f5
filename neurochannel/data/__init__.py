"""Data sets: the bundled digits, MNIST and its kin, and a user's own files and arrays."""

from neurochannel.data.dataset import Data, Split
from neurochannel.data.download import fetch
from neurochannel.data.idx import read_idx
from neurochannel.data.library import Entry, catalog, load

__all__ = ["Data", "Entry", "Split", "catalog", "fetch", "load", "read_idx"]


def __dir__() -> list[str]:
    return __all__
