"""Pages without a browser: one file, its parts, and texts that stay texts."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

import neurochannel as nc
from neurochannel.reports.blocks import Code, Document, Paragraph, Section, TableBlock, Widget
from neurochannel.reports.page import frame, head
from neurochannel.reports.text import text_of_document
from tests.reports.pages import Page, check_script, read

FOLDER = Path(frame.__file__).parent
EVIL = "</script><script>alert(1)</script><!-- & ' \" \u2028"
MODULES = [path.name for path in sorted(FOLDER.glob("*.js"))]


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    """Return a function that writes the page of a network, each once."""
    folder, pages = tmp_path_factory.mktemp("pages"), {}

    def make(name):
        if name not in pages:
            pages[name] = read(nc.report(name, folder / f"{name}.html"))
        return pages[name]

    return make


@pytest.mark.parametrize("name", ["srbp", "mixed", "twin", "relay", "quadtree", "top_only"])
def test_a_page_draws_each_edge_and_says_what_it_is(page_of, name):
    page = page_of(name)
    facts = page.data["drawing"]["facts"]
    network = nc.inspect(nc.read(name), data="digits", self_test=False).network
    forward = {f"forward: {bundle.name}" for bundle in network.forward_bundles}
    channel = {f"channel: {bundle.name}" for bundle in network.channel_bundles}
    assert set(facts) == forward | channel
    drawn = {e.attributes["data-edge"] for e in page.all("g") if "data-edge" in e.attributes}
    into_output = {name for name in channel if name.endswith(f"-> {network.output}")}
    assert forward | channel - into_output <= drawn <= set(facts)
    for key in channel:
        told = dict(facts[key])
        assert {"weights", "wiring", "limits", "wires", "bits sent an example", "local"} <= set(
            told
        )
    blocks = {e.attributes["data-block"] for e in page.all("g") if "data-block" in e.attributes}
    assert set(network.populations) <= blocks


def test_an_edge_tells_its_numbers(page_of):
    facts = page_of("bp").data["drawing"]["facts"]
    assert dict(facts["channel: error -> hidden2"]) == {
        "weights": "tied",
        "wiring": "all to all",
        "limits": "none",
        "wires": "300",
        "bits sent an example": "320 (10 messages of 32 bits)",
        "copied from forward weights": "yes, 300 wires",
        "local": dict(facts["channel: error -> hidden2"])["local"],
    }
    assert dict(facts["channel: error -> hidden2"])["local"].startswith("NO")
    assert dict(facts["forward: input -> hidden1"])["wires"] == "6,400"


def test_a_page_has_all_parts(page_of):
    page = page_of("srbp")
    titles = ["Network", "Lint", "Costs", "Locality", "Self-test", "Description", "How to cite"]
    assert [title for title in page.titles() if title in titles] == titles
    links = [e.attributes["href"] for e in page.all("a")]
    assert [f"#{e.attributes['id']}" for e in page.all("section")][1:] == links
    assert f"neurochannel {nc.__version__}" in page.text
    assert "neurochannel report srbp -o" in page.text
    assert 'path = "error -> hidden2"' in page.text
    assert len(page.source) < 200_000


def test_costs_are_those_of_the_ledgers(page_of):
    costs = page_of("bp").data["costs"]
    network = nc.inspect(nc.read("bp"), data="digits", self_test=False).network
    assert costs["names"] == ["as given", "bp", "rbp", "srbp"]
    others = [network.with_channel(each) for each in (nc.bp(), nc.rbp(), nc.srbp())]
    ledgers = [nc.ledger(each) for each in (network, *others)]
    values = {panel["title"]: panel["values"] for panel in costs["panels"]}
    assert values["channel wires"] == [ledger.wires for ledger in ledgers]
    assert values["wires with weight transport"] == [ledger.transported for ledger in ledgers]
    assert values["bits sent"] == [ledger.bits_sent for ledger in ledgers]


def test_what_is_not_local_stands_out(page_of):
    assert '<tr class="marked"><td>channel error -&gt; hidden2</td>' in page_of("bp").source
    assert '<tr class="marked">' not in page_of("srbp").source


def test_texts_of_files_stay_texts(tmp_path):
    network = nc.read("srbp").model_copy(update={"name": EVIL})
    page = read(nc.report(network, tmp_path / "evil.html"))
    assert len(page.all("script")) == 2
    assert EVIL in page.text
    assert "alert(1)</script>" not in page.source


@pytest.mark.parametrize("place", ["title", "section", "row", "code", "name", "data", "shows"])
def test_no_text_of_a_document_ends_its_element(place):
    texts = dict.fromkeys(["title", "section", "row", "code", "name", "data", "shows"], "plain")
    texts[place] = EVIL
    widget = Widget("bars", texts["name"], texts["shows"], {texts["data"]: [texts["data"]]})
    blocks = [TableBlock(("",), [(texts["row"],)]), Code(texts["code"]), widget]
    page = Page(frame.page_of(Document(texts["title"], [Section(texts["section"], blocks)])))
    assert len(page.all("script")) == 2
    assert page.data == {texts["name"]: {texts["data"]: [texts["data"]]}}
    seen = page.text + "".join(e.attributes.get("aria-label", "") for e in page.elements)
    assert EVIL in seen or place in ("name", "data")


def test_the_policy_names_the_style_and_the_script_and_nothing_else(page_of):
    page = page_of("srbp")
    (policy,) = [e.attributes["content"] for e in page.all("meta") if "http-equiv" in e.attributes]
    assert policy.startswith("default-src 'none'; img-src data:; ")
    for kind, text in (("style", page.raw["style"]), ("script", page.raw["script"])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy


def test_numbers_are_short_and_what_is_none_is_null():
    data = {"a": [0.123456789, float("nan"), float("inf"), 3.0, 10**20, True, None]}
    widget = Widget("bars", "w", "shown", data)
    page = Page(frame.page_of(Document("t", [Section("", [widget])])))
    assert page.data["w"]["a"] == [0.12346, None, None, 3, 10**20, True, None]
    assert "0.12346,null,null,3,100000000000000000000,true,null" in page.raw["data"]


def test_widgets_of_one_name_are_told_apart():
    widgets = [Widget("bars", "w", "shown", {"n": n}) for n in range(3)]
    page = Page(frame.page_of(Document("t", [Section("", widgets[:2]), Section("", widgets[2:])])))
    assert page.data == {"w": {"n": 0}, "w.2": {"n": 1}, "w.3": {"n": 2}}
    assert [e.attributes["id"] for e in page.all("figure")] == list(page.data)


def test_the_script_is_all_modules_and_their_names_differ():
    assert sorted(frame.MODULES) == MODULES
    check_script({name: frame.asset(name) for name in frame.MODULES})


def test_texts_leave_widgets_out_and_keep_code():
    blocks = [Paragraph("before"), Widget("bars", "w", "shown", {}), Code("name = 1\n")]
    assert text_of_document(Document("t", [Section("", blocks)])) == "t\n\nbefore\nname = 1"


def test_what_is_to_be_cited_is_what_the_citation_file_names():
    text = (Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8")
    for field in ("title", "volume", "start", "end", "year", "value"):
        found = re.findall(rf"^\s+(?:- )?{field}: \"?(.*?)\"?$", text, re.M)
        assert found and found[-1].lower() in head.PAPER.lower(), field
    assert f"repository-code: {head.HOME}\n" in text


def test_a_page_replaces_no_file_unless_told_to(tmp_path):
    target = tmp_path / "page.html"
    target.write_text("mine")
    with pytest.raises(nc.OptionError, match=r"page\.html must be a new file, but it exists"):
        nc.report("srbp", target)
    assert target.read_text() == "mine"
    assert nc.report("srbp", target, overwrite=True) == target
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_network_that_is_too_large_is_not_drawn_but_reported(tmp_path):
    names = [f"h{number}" for number in range(210)]
    populations = {"input": {"size": 2}, "output": {"size": 2}}
    populations |= {name: {"size": 1, "activation": "tanh"} for name in names}
    path = " -> ".join(["input", *names, "output"])
    network = nc.Network(name="long", populations=populations, forward=[{"path": path}])
    page = read(nc.report(network, tmp_path / "long.html"))
    assert "Not drawn: 212 populations" in page.text
    assert page.all("svg") == []
    assert "Costs" in page.titles()


def test_commands_are_shown_as_they_are_typed():
    program = ["/x/.venv/bin/python", "/x/.venv/bin/neurochannel", "train", "a b.toml"]
    assert head.command_text(program) == "neurochannel train 'a b.toml'"
    assert head.command_text(["/usr/bin/python3.11", "-m", "scripts.demo"]) == (
        "python -m scripts.demo"
    )
    assert head.command_text([]) == ""
