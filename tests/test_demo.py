"""The demo, made small: all learners, one seed, one epoch."""

import re
import sys

import pytest

import neurochannel as nc
from scripts import demo
from tests.reports.pages import read

pytestmark = pytest.mark.slow

KINDS = ("png", "svg")


def test_the_demo_prints_draws_and_keeps_what_it_measured(tmp_path, capsys):
    demo.compare(demo.Plan(seeds=2, epochs=1), tmp_path)
    printed = capsys.readouterr().out
    for label in demo.learners():
        row = rf"^{re.escape(label)} +\d+\.\d ± \d+\.\d +\d+\.\d +(\d+|-) +\d+\.\d\d$"
        assert re.search(row, printed, re.M), label
        assert re.search(rf"^{re.escape(label)}( +[\d,]+){{4}} +(\d|never)$", printed, re.M), label
        run = nc.load(tmp_path / f"{demo.file_name(label)}.h5")
        assert (run.epoch, run.seed) == (1, 0)
    names = {path.name for path in tmp_path.iterdir()}
    figures = {f"{name}.{kind}" for name in ("learning", "alignment", "network") for kind in KINDS}
    assert figures | {"table.md"} <= names
    page = read(tmp_path / "report.html")
    assert page.data["costs"]["names"] == list(demo.learners())
    assert [one["name"] for one in page.data["loss"]["series"][::2]] == [
        f"{label}, test" for label in demo.learners()
    ]
    assert str(tmp_path) in printed


def test_the_demo_compares_learners_on_one_network():
    networks = [network.with_channel() for network in demo.learners().values()]
    assert len({network.model_copy(update={"name": "same"}) for network in networks}) == 1


def test_the_table_of_the_demo_is_markdown():
    text = demo.markdown([("learner", "test", "train", "s"), ("BP", "1", "2", "3")], "Measured.")
    assert text.splitlines()[:3] == [
        "| learner | test | train | s |",
        "| --- | ---: | ---: | ---: |",
        "| BP | 1 | 2 | 3 |",
    ]
    assert text.endswith("\n\nMeasured.\n")


def test_a_missing_data_set_is_one_sentence(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["demo.py", "--data", "mnits"])
    with pytest.raises(SystemExit, match="demo: data set 'mnits' is unknown"):
        demo.main()
