"""The table of letters holds against the font that figures are drawn in."""

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from neurochannel.plot.layout.routes import CURVE, MOVE, STRAIGHT
from neurochannel.plot.layout.text_widths import BY_LETTER, text_width


def drawn_width(text):
    across = TextPath((0, 0), text, size=8, prop=FontProperties(family="DejaVu Sans")).vertices
    return (across[:, 0].max() - across[:, 0].min()) / 72


@pytest.mark.parametrize("letter", sorted(set(BY_LETTER) - {" ", "$"}))
def test_each_letter_is_as_wide_as_in_the_font(letter):
    # Twenty in a row, so that the space beside a letter counts little.
    drawn = drawn_width(20 * letter)
    assert 0.99 * drawn < text_width(20 * letter) < 1.25 * drawn + 0.02


@pytest.mark.parametrize("text", ["hidden_2_1", "from data · softmax", "redrawn, no f′", "Größe é"])
def test_a_text_is_no_wider_than_it_is_said_to_be(text):
    assert drawn_width(text) < text_width(text) < 1.2 * drawn_width(text)


def test_codes_of_vertices_are_those_of_matplotlib():
    assert (MOVE, STRAIGHT, CURVE) == (Path.MOVETO, Path.LINETO, Path.CURVE4)
