import os

import numpy as np
import pytest

from neurochannel.errors import OptionError
from neurochannel.plot import learning_curves, save

HISTORY = {"epoch": np.arange(1, 4), "test_accuracy": np.array([0.5, 0.7, 0.8])}
BEGINNINGS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_the_suffix_chooses_the_format(tmp_path, suffix):
    path = save(learning_curves(HISTORY), tmp_path / f"figure{suffix}")
    assert path.read_bytes().startswith(BEGINNINGS[suffix])
    assert os.listdir(tmp_path) == [f"figure{suffix}"]


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_the_same_figure_gives_the_same_file(tmp_path, suffix):
    files = [save(learning_curves(HISTORY), tmp_path / f"{name}{suffix}") for name in "ab"]
    first, second = (file.read_bytes() for file in files)
    assert first == second


def test_an_older_figure_is_replaced(tmp_path):
    path = tmp_path / "figure.svg"
    path.write_text("old")
    save(learning_curves(HISTORY), path)
    assert path.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("figure.gif", "must end in .png, .svg or .pdf, got '.gif'; name it for example "),
        ("figure", "must end in .png, .svg or .pdf, got no suffix; name it for example "),
        ("missing/figure.svg", "cannot be written (No such file or directory); make that folder"),
        ("folder.svg", "cannot be written (it is a folder); name a file in it"),
    ],
)
def test_a_figure_that_cannot_be_written_is_refused_with_a_sentence(tmp_path, name, sentence):
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(OptionError) as caught:
        save(learning_curves(HISTORY), tmp_path / name)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
