import pytest

import neurochannel as nc
from neurochannel.data import library


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Work in an empty folder, without data sets that this machine may have."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEUROCHANNEL_DATA", raising=False)
    monkeypatch.setattr(library, "cache_folder", lambda name: tmp_path / "cache" / name)
    return tmp_path


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Compile the kernels, so that no command has to say that it does."""
    nc.Simulation(nc.mlp(1, 2)).forward([[0.0]])
