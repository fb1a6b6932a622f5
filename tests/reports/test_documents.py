"""One structure, two ways to write it: both say the same, and HTML is well-formed and escaped."""

from html.parser import HTMLParser

import pytest

import neurochannel as nc
from neurochannel.reports.blocks import Document, Item, Items, Paragraph, Section, TableBlock
from neurochannel.reports.html import html_fragment, html_page
from neurochannel.reports.shown import WRITERS, document_of
from neurochannel.reports.text import WIDTH, text_of_document

VOID = {"meta", "br", "img"}
NETWORK = nc.mlp(6, 5, 4, 3).with_channel(nc.srbp(bits=3, fan_in=2))
STUDY = """
name = "small"
topology = "srbp"
data = "digits"
seeds = 1
[train]
epochs = 1
"""
NASTY = "<b>&\"'</b>"


class Reader(HTMLParser):
    """Collects the text, and complains about tags that do not fit."""

    def __init__(self):
        super().__init__()
        self.open, self.words = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return " ".join(reader.words)


def shown():
    yield NETWORK
    yield nc.mlp(None, 5, None)
    yield nc.ledger(NETWORK)
    yield nc.compare(NETWORK, "bp,rbp,srbp:fan_in=2,bits=3")
    yield nc.inspect(NETWORK, compare="bp", self_test=True)
    plan = nc.points(nc.Study.from_text(STUDY))
    yield next(iter(plan.points().values()))
    yield plan


VALUES = list(shown())


def test_every_kind_that_has_a_report_is_tried():
    kinds = {(type(value).__module__, type(value).__name__) for value in VALUES}
    assert kinds == set(WRITERS)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_text_and_html_say_the_same(value):
    document = document_of(value)
    text = text_of_document(document)
    said = read(html_page(document)).replace(":", "").lower().split()
    written = text.replace(":", "").replace("  - ", "").lower().split()
    assert set(written) <= set(said)
    assert read(html_fragment(document)).split()
    assert "\n\n\n" not in text and text == text.strip("\n")
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_printing_a_value_gives_its_report(value):
    assert str(value) == text_of_document(document_of(value))


def test_names_are_escaped_everywhere():
    blocks = (
        Paragraph(NASTY),
        TableBlock((NASTY, "n"), [(NASTY, "1")], (1,)),
        Items([Item(NASTY)]),
    )
    document = Document(NASTY, (Section(NASTY, blocks, NASTY),))
    page = html_page(document)
    assert NASTY not in page and "<b>" not in page
    assert page.count("&lt;b&gt;&amp;&quot;&#x27;&lt;/b&gt;") == 8
    assert read(page).count(NASTY) == 8


def test_numbers_stand_on_the_right_and_what_is_wrong_stands_out():
    table = TableBlock(("name", "n"), [("a", "1"), ("b", "2")], (1,), marked=(1,))
    items = Items([Item("bad", "error"), Item("tried", "failed", "by 3%")])
    page = html_page(Document("", (Section("", (table, items)),)))
    assert '<tr><td>a</td><td class="number">1</td></tr>' in page
    assert '<tr class="marked"><td>b</td>' in page
    assert '<li class="error">bad</li>' in page and "FAILED: tried" in page


def test_a_page_follows_the_light_and_needs_nothing_else():
    page = html_page(document_of(NETWORK))
    assert "prefers-color-scheme: dark" in page
    assert "src=" not in page and "href=" not in page and "@import" not in page


def test_a_network_of_many_bundles_prints_a_few_lines():
    text = str(nc.mlp(*[3] * 60).with_channel(nc.bp()))
    assert len(text.splitlines()) < 45
    assert "47 more bundles" in text


def test_a_network_prints_what_its_populations_receive():
    limited = nc.mlp(4, 3, 2).with_channel(nc.rbp(receive={"bits": 3, "scale": 0.125}))
    assert "Limits on received sums" in str(limited)
    assert "hidden1     3 bits (powers) at a scale of 0.125" in str(limited)
    assert "received" not in str(NETWORK)


def test_a_point_is_short_in_a_list():
    point = VALUES[5]
    assert repr([point]) == f"[<point {point.id}: digits, 1 epochs, seed 0>]"


@pytest.mark.parametrize(("seeds", "lines"), [(1, 2), (10, 20), (11, 21)])
def test_a_plan_lists_its_points_and_leaves_out_the_middle_of_many(seeds, lines):
    axes = {"channel.*.message.bits": [None, 3]}
    network = nc.mlp(None, 5, None).with_channel(nc.srbp())
    study = nc.Study(name="few", network=network, seeds=seeds, axes=axes)
    plan = nc.points(study)
    *rows, size = str(plan).strip().splitlines()[3:]
    assert len(rows) == lines
    assert rows[0].split() == [plan.entries[0].point.id, "0", "none"]
    assert rows[-1].split() == [plan.entries[-1].point.id, str(seeds - 1), "3"]
    assert size == f"{2 * seeds} points of 2 networks"
    assert repr(plan) == f"<plan of 'few': {2 * seeds} points>"


def test_a_comparison_is_a_dict_still():
    found = nc.compare(NETWORK, "bp")
    assert isinstance(found, dict) and list(found) == ["bp"]
    assert found == {"bp": nc.ledger(NETWORK.with_channel(nc.bp()))}
