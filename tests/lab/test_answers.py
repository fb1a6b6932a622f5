"""What the page is told of a text: marks, completions, a drawing, Python."""

import random

import pytest

import neurochannel as nc
from neurochannel.lab.answers import completion_answer, drawing_answer, state_answer
from neurochannel.lab.completion import completion
from neurochannel.lab.effort import check_effort
from neurochannel.lab.network_edits import edited
from neurochannel.lab.python_text import python_text
from neurochannel.lab.session import Session, StaleError
from neurochannel.lab.shelf import LARGEST, Shelf, shipped_text
from neurochannel.lab.text_marks import marks_of
from neurochannel.model.gallery import shipped
from neurochannel.model.text_check import check_text
from tests.lab.serving import SMALL

SRBP = shipped_text("srbp")
MARKED = [
    (SRBP.replace("size = 100", "size = 0"), "size = 0", "must be at least 1"),
    (SRBP.replace('"tanh"', '"tang"', 1), 'activation = "tang"', "did you mean 'tanh'"),
    (SRBP.replace("\nweights", "\nweigths", 1), 'weigths = "random"', "is not a known key"),
    (SRBP.replace("[[forward]]", "[[forward]"), "[[forward]", "must be TOML"),
    (SRBP.replace("error ->", "errors ->", 1), 'path = "errors -> hidden2"', "did you mean"),
    (SRBP + "[[channel]]\nmessage = { bits = 0.5 }", "bits = 0.5", "must be a whole number"),
    (SRBP + '[[channel]]\nweights = "tied"', "channel", "is missing"),
    (SRBP.replace("[[forward]]", "[[backward]]"), "backward", "is not a known key"),
    ("", "", "populations is missing"),
    ("name = 3", "name = 3", "must be text in quotes"),
    ('name = "𝄞\nx', 'name = "𝄞', "must be TOML"),
]


@pytest.mark.parametrize(("text", "marked", "sentence"), MARKED, ids=lambda part: part[-20:])
def test_a_wrong_key_is_marked_where_it_stands(text, marked, sentence):
    network, problems = check_text(text)
    marks = marks_of(text, problems)
    assert network is None and len(marks) == len(problems)
    assert any(
        text[mark.start : mark.end] == marked
        and sentence in mark.sentence
        and mark.line == text.count("\n", 0, mark.start) + 1
        for mark in marks
    ), [(mark, text[mark.start : mark.end]) for mark in marks]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_sentences_of_marks_are_those_of_the_model(name):
    text = shipped_text(name).replace("[populations", "[population")
    _, problems = check_text(text)
    with pytest.raises(nc.NetworkError) as raised:
        nc.Network.from_text(text)
    assert tuple(map(str, problems)) == raised.value.problems


COMPLETED = [
    ("[populations]\na = { size = 3, act", "act", ["activation"]),
    ('[populations]\na = { activation = "t', '"t', ['"tanh"']),
    ('[populations]\na = {}\n[[forward]]\npath = "a -> ', "", ["a"]),
    ('[populations]\na = {}\n[[channel]]\npath = "e', "e", ["error"]),
    ("[[channel]]\nweights = ", "", ['"tied"', '"tied_product"', '"random"', '"adaptive"']),
    ("[[channel]]\nmessage = { bits = 1, qua", "qua", ["quantizer"]),
    ("[[channel]]\n[channel.message]\nqua", "qua", ["quantizer"]),
    ("[[channel]]\nderivative = ", "", ["true", "false"]),
    ("[defaults.channel.message]\nqua", "qua", ["quantizer"]),
    ("[populations]\na = { bias = { le", "le", ["learn"]),
    ("[[channel]]\nmessage = { range = ", "", ['"batch"']),
    ("[[ch", "[[ch", ["[[channel]]"]),
    ("lo", "lo", ["loss"]),
    ("this is no TOML\nlo", "lo", ["loss"]),
    ("# a comment", "", []),
    ('name = "', '"', []),
]


@pytest.mark.parametrize(("text", "begun", "options"), COMPLETED, ids=lambda part: str(part)[-20:])
def test_what_could_follow_comes_from_the_schema(text, begun, options):
    found = completion(text, len(text))
    assert text[found.start :] == begun
    assert [option.text for option in found.options][: max(len(options), 1)] == options


def test_places_are_counted_as_browsers_count_them():
    text = "# 𝄞𝄞\n[[channel]]\nwei"
    units = len(text.encode("utf-16-le")) // 2
    assert completion_answer(text, units)["start"] == units - 3
    shelf = Shelf(".")
    (mark,) = state_answer(Session(shelf, "a.toml", f"{SRBP}\n# 𝄞\nx = 1", is_saved=False).version)[
        "marks"
    ]
    assert mark["end"] - mark["start"] in (1, 5)
    assert mark["start"] == len(f"{SRBP}\n# 𝄞\n".encode("utf-16-le")) // 2


@pytest.mark.parametrize("name", sorted(shipped()))
def test_python_code_makes_the_same_network(name):
    network = nc.read(name)
    made = {}
    exec(python_text(network), made)
    assert made["network"] == network


def test_windows_are_counted_and_not_all_pairs_of_neurons():
    wide = nc.Network.from_text(
        "[populations]\ni = { shape = [64, 64, 1] }\nh = {}\no = { size = 2 }\n"
        '[[forward]]\npath = "i -> h"\nconv = { kernel = 3, maps = 8 }\n'
        '[[forward]]\npath = "h -> o"\n'
    )
    check_effort(wide)
    dense = nc.mlp(64 * 64, 64 * 64 * 8, 2)
    with pytest.raises(nc.OptionError, match="at most 10,000,000 edges"):
        check_effort(dense)


@pytest.mark.parametrize("name", ["srbp", "twin", "relay", "mixed"])
def test_texts_with_mistakes_are_drawn_as_far_as_they_can_be(name, tmp_path):
    """Random edges, also such that break rules, never keep the page from an answer."""
    draws = random.Random(name)
    session = Session(Shelf(tmp_path), "a.toml", shipped_text(name), is_saved=False)
    for _ in range(15):
        state = state_answer(session.version)
        names = [*state["tree"]["populations"], "error", "target"]
        edges = [{k: e[k] for k in ("kind", "source", "target")} for e in state["edges"]]
        edge = {"kind": draws.choice(("forward", "channel"))}
        edge |= {"source": draws.choice(names), "target": draws.choice(names)}
        fresh = {"do": "add_population", "name": f"p{len(names)}"}
        edits = [{"do": "add_edge", **edge}, fresh]
        edits += [{"do": "remove_edge", **edge} for edge in draws.sample(edges, min(len(edges), 1))]
        session.edit(session.version.revision, draws.choice(edits))
        drawn = drawing_answer(session.version)
        assert drawn["sketch"] is bool(session.version.problems)
        assert drawn["still"] or drawn["apart"] or drawn["sketch"]


def test_a_population_without_edges_stands_apart(tmp_path):
    text = edited(SMALL, {"do": "add_population", "name": "new"})
    drawn = drawing_answer(Session(Shelf(tmp_path), "a.toml", text, is_saved=False).version)
    assert drawn["apart"] == ["new"]
    assert 'data-block="hidden1"' in drawn["still"] and 'data-block="new"' not in drawn["still"]


def test_undo_and_redo_bring_every_text_back(tmp_path):
    session = Session(Shelf(tmp_path), "a.toml", "a", is_saved=False)
    texts = ["a", "b", "c", "c", "d"]
    for text in texts[1:]:
        session.replace(session.version.revision, text)
    seen = [session.version.text]
    while session.version.can_undo:
        seen.append(session.undo(session.version.revision).text)
    assert seen == ["d", "c", "b", "a"]
    while session.version.can_redo:
        seen.append(session.redo(session.version.revision).text)
    assert seen[4:] == ["b", "c", "d"]
    session.undo(session.version.revision)
    session.replace(session.version.revision, "e")
    assert not session.version.can_redo


def test_a_change_of_an_older_text_is_refused(tmp_path):
    session = Session(Shelf(tmp_path), "a.toml", SMALL, is_saved=False)
    old = session.version.revision
    session.replace(old, SMALL + "\n")
    with pytest.raises(StaleError, match="changed on another page"):
        session.replace(old, "")
    assert session.version.text == SMALL + "\n"


NAMES = ["../a.toml", "/etc/a.toml", "a/b.toml", ".hidden.toml", "a.txt", "", "a.toml\n", 3, None]


@pytest.mark.parametrize("name", NAMES)
def test_only_names_without_paths_are_read_and_written(tmp_path, name):
    shelf = Shelf(tmp_path / "in")
    shelf.folder.mkdir()
    with pytest.raises(nc.OptionError, match="name must"):
        shelf.write(name, SMALL, overwrite=True)
    with pytest.raises(nc.OptionError, match="name must"):
        shelf.read(name)
    assert list(tmp_path.iterdir()) == [shelf.folder] and list(shelf.folder.iterdir()) == []


def test_a_link_does_not_lead_out_of_the_folder(tmp_path):
    outside = tmp_path / "outside.toml"
    outside.write_text(SMALL)
    shelf = Shelf(tmp_path / "in")
    shelf.folder.mkdir()
    (shelf.folder / "link.toml").symlink_to(outside)
    assert shelf.names() == []
    for act in (
        lambda: shelf.read("link.toml"),
        lambda: shelf.write("link.toml", "", overwrite=True),
    ):
        with pytest.raises(nc.OptionError, match="leads out of it"):
            act()
    assert outside.read_text() == SMALL


def test_what_is_too_large_to_be_designed_is_refused(tmp_path):
    (tmp_path / "large.toml").write_text("#" * (LARGEST + 1))
    with pytest.raises(nc.NetworkError, match="must be at most 4,000,000 bytes"):
        Shelf(tmp_path).read("large.toml")
    session = Session(Shelf(tmp_path), "a.toml", SMALL, is_saved=False)
    with pytest.raises(nc.NetworkError, match="at most 4,000,000 letters"):
        session.replace(session.version.revision, "#" * (LARGEST + 1))


def test_half_a_letter_is_refused_where_it_stands(tmp_path):
    session = Session(Shelf(tmp_path), "a.toml", SMALL, is_saved=False)
    with pytest.raises(nc.OptionError, match="half of one in line 2"):
        session.replace(1, "# a\n# \ud834")
    with pytest.raises(nc.NeurochannelError):
        session.edit(1, {"do": "rename_population", "name": "hidden1", "to": "\udd1e"})
    assert session.version.text == SMALL and session.version.revision == 1
    assert session.replace(1, SMALL + "# 𝄞").network is not None


def test_a_network_of_very_many_bundles_is_not_inspected_on_the_page():
    names = [f"h{n}" for n in range(401)]
    network = nc.Network.from_text(
        "[populations]\ninput = { size = 2 }\n"
        + "".join(f"{name} = {{ size = 2 }}\n" for name in names)
        + 'output = { size = 2, activation = "softmax" }\n[[forward]]\npath = "'
        + " -> ".join(["input", *names, "output"])
        + '"\n'
    )
    with pytest.raises(nc.OptionError, match="at most 400 bundles of edges to be checked here"):
        check_effort(network)
