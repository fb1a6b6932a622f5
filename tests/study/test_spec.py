"""Studies as descriptions: files in and out, and a sentence for each mistake."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NeurochannelError, OptionError
from neurochannel.study.plan import points
from neurochannel.study.spec import Study
from tests.study.studies import BITS, TOPOLOGY, small


def message(**given: Any) -> str:
    with pytest.raises(NeurochannelError) as caught:
        points(Study(**{"topology": TOPOLOGY, **given}))
    text = str(caught.value)
    assert "\n" not in text
    return text


STUDIES = [
    {"topology": TOPOLOGY},
    {"axes": {BITS: [None, 1, 2], "train.rate": [0.1, 0.2]}, "labels": {BITS: "bits"}},
    {"zip": [{"name": "size", "axes": {"populations.hidden1.size": [3, 4], "loss": [None, None]}}]},
    {"axes": {"topology": [nc.mlp(None, 3, None, name="a"), nc.mlp(None, 4, None, name="b")]}},
    {"axes": {"channel.0.message": [{"label": "2 bits", "value": {"bits": 2}}, {"bits": 3}]}},
    {"axes": {"forward.0.init": ["glorot", np.array([[1.0, 0.0]])]}},
    {"seeds": [3, 5], "record": ["checkpoint"], "train": {"evaluate_every": None}},
    {"train": {"epochs": 9, "evaluate_every": [1, 2, 3, 6]}},
]


@pytest.mark.parametrize("given", STUDIES)
def test_a_study_survives_toml_and_pickle(given: dict[str, Any]) -> None:
    varied = "topology" in given or "topology" in given.get("axes", {})
    study = Study(**given) if varied else small(**given)
    again = Study.from_text(study.to_toml())
    assert again.to_toml() == study.to_toml()
    assert again.seed_list() == study.seed_list()
    assert pickle.loads(pickle.dumps(study)).to_toml() == study.to_toml()
    if "init" not in str(given):
        ours, theirs = points(study), points(again)
        assert list(ours.points()) == list(theirs.points())
        assert [e.labels for e in ours.entries] == [e.labels for e in theirs.entries]


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path, monkeypatch: Any) -> None:
    folder = tmp_path / "studies"
    folder.mkdir()
    nc.mlp(None, 3, None).to_toml(tmp_path / "net.toml")
    (folder / "a.toml").write_text('[axes]\ntopology = ["../net.toml"]\n')
    (folder / "b.toml").write_text('topology = "../net.toml"\n')
    assert len(points(Study.from_toml(folder / "a.toml"))) == 1
    monkeypatch.chdir(folder)
    assert len(points(Study.from_toml("b.toml"))) == 1


def test_axes_may_be_written_without_quotes() -> None:
    text = "populations.hidden1.size = [3, 4]\ntrain.rate = [0.1]\n"
    study = Study.from_text(f"topology = '{TOPOLOGY}'\n[axes]\n{text}")
    assert dict(study.axes) == {"populations.hidden1.size": [3, 4], "train.rate": [0.1]}


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        ({"chanel.0.bits": [1]}, "axes.chanel.0.bits matches nothing; did you mean 'channel'?"),
        (
            {"populations.hidden1.sise": [1]},
            "axes.populations.hidden1.sise matches nothing, because 'sise' is not a field of "
            "a population; did you mean 'size'?",
        ),
        (
            {"populations.hiden1.size": [1]},
            "axes.populations.hiden1.size matches nothing, because no network has a population "
            "'hiden1'; did you mean 'hidden1'?",
        ),
        (
            {"channel.7.fan_in": [1]},
            "axes.channel.7.fan_in matches nothing, because no network has more than 2 entries of "
            "channel, counted from 0; take a lower number",
        ),
        (
            {"channel.recipe": ["top_only"], "populations.hidden*.receive.bits": [1]},
            "axes.populations.hidden*.receive.bits matches nothing, because the channel never "
            "leads to 'hidden*'; vary channel.recipe, or add edges to it",
        ),
        (
            {"channel.recipe": ["top_only"], "channel.0.fan_in": [1]},
            "axes.channel.0.fan_in matches nothing, because no network has channel edges; "
            "write [[channel]], or vary channel.recipe",
        ),
        (
            {"channel.0.message.bits": ["two"]},
            'at channel.0.message.bits = "two": channel[0].message.bits must be a whole number, '
            "got 'two'; leave it out for unlimited precision",
        ),
        (
            {"train.rate": [0.1, -1.0]},
            "at train.rate = -1.0: rate must be greater than 0, got -1.0; 0.1 is a good start",
        ),
        ({"train.rate": []}, "axes.train.rate must have at least one value, got none; remove it"),
        (
            {"train.rate.x": [1]},
            "axes.train.rate.x must end with rate, which has no fields of its own",
        ),
        (
            {"train.rate": 1.0},
            "axes.train.rate must be a list, got 1.0; write a list of values for each path, such "
            'as "channel.*.message.bits" = [1, 2, 3]',
        ),
        (
            {"seed": [1, 2]},
            "axes.seed must not be an axis: write seeds = 5 or seeds = [0, 1] above [axes]",
        ),
        (
            {"train.epochs": [1, 1]},
            "axes.train.epochs must have values of different names, got 1 twice; remove one, or "
            "give { label = ..., value = ... }",
        ),
        (
            {"channel.recipe": [3]},
            "at channel.recipe = 3: channel.recipe must be text such as 'srbp:fan_in=2', got 3; "
            "put a recipe's name in quotes",
        ),
        ({"data": [3]}, "data must be names or paths, got 3; put it in quotes"),
    ],
)
def test_a_bad_axis_is_one_sentence(axes: dict[str, Any], sentence: str) -> None:
    assert message(axes=axes) == sentence


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"seeds": 0}, "seeds must be at least 1, got 0; write seeds = 5 or seeds = [0, 1, 2]"),
        (
            {"seeds": [1, 1]},
            "seeds must be different numbers, at least one, got 1 twice; "
            "write seeds = 5 or seeds = [0, 1, 2]",
        ),
        (
            {"seeds": []},
            "seeds must be different numbers, at least one, got none; "
            "write seeds = 5 or seeds = [0, 1, 2]",
        ),
        (
            {"seeds": "five"},
            "seeds must be a whole number or a list of them, got 'five'; "
            "write seeds = 5 or seeds = [0, 1, 2]",
        ),
        (
            {"seeds": 2**63 - 1},
            "seeds must be at most 10,000,000, got 9223372036854775807; "
            "write seeds = 5 or seeds = [0, 1, 2]",
        ),
        (
            {"seeds": range(2**40)},
            "seeds must be at most 10,000,000 numbers, got 1,099,511,627,776; "
            "write seeds = 5 or seeds = [0, 1, 2]",
        ),
        ({"axis": {}}, "axis is not a known key; did you mean 'axes'?"),
        (
            {"topology": None},
            "topology must say where the networks come from, in one place, got none; "
            "write topology = 'FILE', a table [network] or an axis \"topology\"",
        ),
        (
            {"zip": [{"axes": {"train.rate": [0.1], "train.epochs": [1, 2]}}]},
            "zip[0].axes must be lists of the same length, got 1 of train.rate and 2 of "
            "train.epochs; make them equal",
        ),
        ({"labels": {"a": "b"}}, "labels.a must be the path of an axis; remove it"),
        (
            {"train": {"rate": "fast"}},
            "train.rate must be a number, got 'fast'; 0.1 is a good start",
        ),
    ],
)
def test_a_bad_study_is_one_sentence(given: dict[str, Any], sentence: str) -> None:
    assert message(**given) == sentence


@pytest.mark.parametrize("given", [1.5, True, [1], []])
def test_a_topology_that_is_no_file_is_one_sentence(given: Any) -> None:
    with pytest.raises(NeurochannelError, match="topology must be a file, got"):
        points(Study(axes={"topology": [given]}))


@pytest.mark.parametrize("key", ["topology", "data"])
@pytest.mark.parametrize("name", ["a" * 5000, "a" * 5000 + ".toml", "a\0b"])
def test_a_name_that_no_file_can_have_is_one_sentence(tmp_path: Path, key: str, name: str) -> None:
    path = tmp_path / "study.toml"
    given = {"topology": TOPOLOGY, key: name}
    path.write_text("\n".join(f"{k} = {json.dumps(v)}" for k, v in given.items()))
    with pytest.raises(NeurochannelError):
        points(Study.from_toml(path))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("/tmp/elsewhere", "must be a name and not a path, got '/tmp/elsewhere'"),
        ("../..", "must be a name and not a path, got '../..'"),
        ("..", "must be a name and not a path, got '..'"),
        (".", "must be a name and not a path, got '.'"),
        (" ", "must be a name and not a path, got ' '"),
        ("a/b", "must be a name and not a path, got 'a/b'"),
        ("a\\b", "must be a name and not a path, got 'a\\\\b'"),
        ("a\0b", "must have no control characters, got 'a\\x00b'"),
        ("a\nb", "must have no control characters, got 'a\\nb'"),
        ("\ud800", "must be a valid string"),
        ("ä" * 101, "must have at most 200 bytes, got 202"),
    ],
)
def test_a_name_that_is_no_folder_is_refused(name: str, rule: str) -> None:
    assert message(name=name).startswith(f"name {rule}")


@pytest.mark.parametrize("name", ["bits", "mean ± range, 3 µm", "-x", "a.b", "~", "学"])
def test_a_name_may_be_any_other_text(name: str) -> None:
    assert small(name=name).name == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seeds = " + "[" * 400 + "]" * 400, "nested too deeply"),
        ("x = " + "{a=" * 400 + "1" + "}" * 400, "nested too deeply"),
        ("[" + "a." * 20_000 + "a]", "must have keys of fewer than 32 parts, got more at line 1"),
        ("name = 'a'\n" + "a . " * 20_000 + "a=1", "fewer than 32 parts, got more at line 2"),
        ("'a'.\"b\"." * 20_000 + "a=1", "must have keys of fewer than 32 parts, got more"),
    ],
)
def test_a_file_without_end_is_refused_at_once(text: str, words: str) -> None:
    with pytest.raises(NeurochannelError, match=words):
        Study.from_text(text)


def test_keys_and_texts_of_usual_length_are_read() -> None:
    words = ". ".join(["a sentence with dots"] * 20)
    dotted = ".".join("a" * 30)
    network = nc.mlp(None, 3, None).model_copy(update={"name": f"{words}, {dotted}"})
    assert nc.Network.from_text(network.to_toml()) == network


def test_more_than_a_million_points_must_be_allowed() -> None:
    study = small(seeds=1001, axes={"train.batch_size": list(range(1, 1002))})
    with pytest.raises(OptionError) as caught:
        points(study)
    assert str(caught.value) == (
        "study 'study' has 1,002,001 points, more than 1,000,000; take fewer values, or allow it "
        "with --yes (in Python most=None)"
    )
    assert len(points(small(seeds=11), most=11)) == 11
