"""Physical constraints: the table has all of them, and what the studies compare exists."""

import re
from pathlib import Path

import pytest

import neurochannel as nc
from scripts.constraints.__main__ import main
from scripts.constraints.catalogue import TRIALS
from scripts.constraints.report import START
from scripts.constraints.running import Size, part_of
from scripts.paper.comparisons import Reference

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "constraints.md"
MODELS = {
    "message": nc.Message,
    "receive": nc.Receive,
    "update": nc.Update,
    "neuron": nc.Neuron,
    "synapse": nc.Synapse,
}
NAMES = re.compile(r"`(\w+)`")


def rows_of_the_table():
    """Return the places and keys, the defaults and the source of each row."""
    lines = PAGE.read_text(encoding="utf-8").split("\n| place | key |", 1)[1].splitlines()[2:]
    for line in lines:
        if not line.startswith("|"):
            return
        places, keys, *_, default, source = (part.strip() for part in line.split(" | "))
        yield NAMES.findall(places), NAMES.findall(keys), default, source.rstrip(" |")


@pytest.mark.parametrize("place", MODELS)
def test_the_table_has_exactly_the_fields_of_each_place(place):
    keys = [key for places, keys, _, _ in rows_of_the_table() if place in places for key in keys]
    assert len(keys) == len(set(keys))
    assert set(keys) == set(MODELS[place].model_fields)


@pytest.mark.parametrize("place", MODELS)
def test_the_table_has_the_defaults_of_the_models(place):
    for places, keys, told, _ in rows_of_the_table():
        if place not in places:
            continue
        words = [word.strip('`"') for word in re.sub(r" \(.*?\)", "", told).split(", ")]
        if len(words) == 1:
            words *= len(keys)
        for key, word in zip(keys, words, strict=True):
            default = MODELS[place].model_fields[key].default
            if default is None:
                # A sentence says what is taken, such as "the bounds", or another place has one.
                assert word in ("none", "the bounds", "the larger bound") or place == "update"
            else:
                assert word == str(default).lower(), key


def test_each_row_says_where_it_is_from():
    assert all(source for *_, source in rows_of_the_table())


def settings_of(trial, tmp_path):
    plan = nc.points(Size("digits", 1).study(trial, tmp_path))
    columns = zip(*(entry.labels for entry in plan.entries), strict=True)
    return {name: set(map(str, values)) for name, values in zip(plan.columns, columns, strict=True)}


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_comparisons_and_figures_name_settings_of_their_study(trial, tmp_path):
    settings = settings_of(trial, tmp_path)
    for statement in trial.statements:
        for comparison in statement.comparisons:
            assert str(comparison.a) in settings[comparison.axis]
            if not isinstance(comparison.b, Reference):
                assert str(comparison.b) in settings[comparison.axis]
            for axis, value in comparison.where.items():
                assert str(value) in settings[axis]
            # All other axes are fixed, so that each seed has one difference.
            rest = set(settings) - {comparison.axis, *comparison.where}
            assert all(len(settings[axis]) == 1 for axis in rest), rest
    for figure in trial.figures:
        assert {figure.against, figure.by} <= set(settings)
        assert all(str(value) in settings[axis] for axis, value in figure.where.items())
    if trial.chips:
        assert trial.chips in settings


def test_every_study_of_the_folder_is_judged():
    found = {path.stem for path in (ROOT / "studies" / "constraints").glob("*.toml")}
    assert found == {trial.name for trial in TRIALS}


def test_a_part_of_a_data_set_is_its_first_examples(tmp_path):
    whole, part = nc.data.load("digits"), nc.data.load(part_of("digits", 50, tmp_path))
    assert (part.train.x == whole.train.x[:50]).all()
    assert (part.train.t == whole.train.t[:50]).all()
    assert (part.test.x == whole.test.x).all()
    assert part.scale == whole.scale
    assert part_of("digits", 10**6, tmp_path) == "digits"


def test_what_is_finished_is_judged_and_written(tmp_path, capsys):
    options = ["--data", "digits", "--seeds", "2", "--examples", "40", "--out", str(tmp_path)]
    assert main([*options, "--finished"]) == 1
    assert main([*options, "chips", "aihwkit"]) == 0
    text = (tmp_path / "constraints.md").read_text(encoding="utf-8")
    assert text.startswith(START)
    assert "Not finished, and so not shown: " in text
    assert "| EcRam | 5 | 2 |" in text
    assert len(list((tmp_path / "images" / "constraints").iterdir())) == 1
    capsys.readouterr()
    assert main([*options, "--finished"]) == 0
    told = capsys.readouterr().out
    assert "chips: Seeds and chips" in told
    assert "messages: not finished" in told


def test_a_study_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["chip"])
    assert "there is no study 'chip'" in capsys.readouterr().err
