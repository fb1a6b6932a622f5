"""The README and the pages in docs/ keep their promises: each code block of theirs is run."""

import contextlib
import io
import re
import shlex
import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner

import neurochannel as nc
from neurochannel.cli import main
from scripts import try_wheel

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = re.compile(r"# (\w+\.toml)\n")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)

SIZES = 64, 10
POPULATIONS = """
[populations]
input = {}
hidden1 = { size = 20, activation = "tanh" }
hidden2 = { size = 10, activation = "tanh" }
output = { activation = "softmax" }
"""
FORWARD = """
[[forward]]
path = "input -> hidden1 -> hidden2 -> output"
"""


class Block(NamedTuple):
    language: str
    text: str


def blocks(page):
    return [Block(*found) for found in FENCE.findall(page.read_text(encoding="utf-8"))]


def needs_fetching(text):
    return "mnist" in text


def run_python(text, names, where):
    if needs_fetching(text):
        compile(text, where, "exec")
        return
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, where, "exec"), names)


def run_shell(text):
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["neurochannel"] and not needs_fetching(line):
            done = CliRunner().invoke(main, words[1:])
            expected = 2 if line.endswith("# ends with code 2") else 0
            assert done.exit_code == expected, f"{line}: {done.output}"


def check_toml(text):
    """Check a whole network, or the part of one that a page explains."""
    found = tomllib.loads(text)
    if "populations" not in found and not ({"forward", "channel"} & found.keys()):
        return
    whole = text + ("" if "populations" in found else POPULATIONS)
    network = nc.Network.from_text(whole + ("" if "forward" in found else FORWARD))
    ends = network.populations[network.input].size, network.populations[network.output].size
    nc.Simulation(network.sized(*(given or size for given, size in zip(ends, SIZES, strict=True))))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_on_a_page_runs(page, tmp_path, monkeypatch):
    if page.name == "studies.md":  # which says so; all other pages run in an empty folder
        (tmp_path / "studies").symlink_to(ROOT / "studies")
    monkeypatch.chdir(tmp_path)
    if page.name == "file-format.md":
        for name in ("srbp", "sparse"):
            network = nc.read(name)
            run = nc.Simulation(network, nc.data.load("digits"))
            run.train(1, callbacks=[nc.Observe()])
            nc.save(run, f"{name}.h5")
        listed = {"path": "input -> output", "edges": np.argwhere(np.ones((200, 200)))}
        populations = {"input": {"size": 200}, "output": {"size": 200}}
        large = nc.Network(populations=populations, forward=[listed])
        nc.save(nc.Simulation(large), "listed.h5")
    names = {"__name__": page.stem}
    for number, block in enumerate(blocks(page), 1):
        if block.language == "python":
            run_python(block.text, names, f"{page.name}, block {number}")
        elif block.language == "sh":
            run_shell(block.text)
        elif block.language == "toml":
            check_toml(block.text)
            if named := NAMED.match(block.text):
                Path(named[1]).write_text(block.text, encoding="utf-8")


def long_options(command):
    shown = [option for option in command.params if not getattr(option, "hidden", False)]
    names = [name for option in shown for name in option.opts + option.secondary_opts]
    parts = getattr(command, "commands", {}).values()
    return {name for name in names if name.startswith("--")}.union(*map(long_options, parts))


@pytest.mark.parametrize("name", sorted(set(main.commands) - {"data"}))
def test_the_section_of_a_command_has_exactly_its_options(name):
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"\nneurochannel {name} " in text[: text.index("\n## ")]
    section = text.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
    options = long_options(main.commands[name])
    missing = {option for option in options if not re.search(rf"`[^`]*{option}\b", section)}
    assert not missing
    cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `-")]
    assert {found for cell in cells for found in re.findall(r"--[a-z0-9-]+", cell)} <= options


def test_every_public_name_is_documented():
    text = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    for name in set(nc.__all__) - {"__version__"}:
        assert re.search(rf"`(\w+\.)?{name}\b", text), name


def test_every_key_of_topology_files_is_documented():
    text = (ROOT / "docs" / "topology-files.md").read_text(encoding="utf-8")
    for model in (nc.Network, nc.Population, nc.Bias, nc.ForwardEdges, nc.ChannelEdges, nc.Init):
        for key in model.model_fields:
            assert re.search(rf"`[\w.\[{{ ]*\b{key}\b", text), f"{model.__name__}.{key}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_code_block_is_closed(page):
    fences = re.findall(r"^```(.*)$", page.read_text(encoding="utf-8"), re.M)
    assert len(fences) % 2 == 0
    assert not any(fences[1::2])


def test_the_wheel_is_tried_with_all_that_the_readme_says():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [step if isinstance(step, str) else step[0] for step in try_wheel.steps(page)]
    commands = [words[1] for words in map(str.split, found) if words[0] == "neurochannel"]
    assert set(commands) >= {"new", "train", "draw", "inspect", "plot", "study", "results"}
    assert commands[0] == "new"
    study = next(step for step in found if step.startswith("neurochannel study"))
    assert found.index("grid.toml") < found.index(study)
