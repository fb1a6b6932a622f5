"""The topologies that come with neurochannel, by name, in a checkout and in a wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.model import gallery

ROOT = Path(__file__).parents[2]
FILES = {path.stem: path for path in (ROOT / "topologies").iterdir() if path.stem != "schema"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_file_is_shipped_under_its_name() -> None:
    assert {name: topology.path for name, topology in gallery.shipped().items()} == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_name_stands_for_its_file(name: str) -> None:
    assert nc.read(name) == nc.read(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_each_says_in_one_sentence_what_it_is(name: str) -> None:
    about = gallery.shipped()[name].about
    assert about.endswith(".")
    assert 20 < len(about) < 160
    assert about.count(". ") == 0


@pytest.mark.parametrize("name", FILES)
def test_a_copy_describes_the_same_network(here: Path, name: str) -> None:
    topology = gallery.named(name)
    copy = here / topology.path.name
    copy.write_text(topology.text(), encoding="utf-8")
    assert nc.read(copy) == nc.read(name)
    if topology.path.suffix == ".toml":
        assert topology.text().startswith(f"#:schema {gallery.SCHEMA_URL}\n")


def test_a_file_of_the_folder_wins_over_the_shipped_one(here: Path) -> None:
    own = nc.mlp(3, 2, name="own")
    (here / "srbp").mkdir()  # a folder of that name is no topology
    assert nc.read("srbp").name == "srbp"
    for suffix in (".npz", ".graphml", ".json", ".toml"):  # each wins over those before it
        nc.write(own.model_copy(update={"name": suffix}), here / f"srbp{suffix}")
        assert gallery.located("srbp") == f"srbp{suffix}"
    assert nc.read("srbp").name == ".toml"
    nc.write(own, here / "mine.toml")
    assert nc.read("mine") == own


@pytest.mark.parametrize("given", ["srbp.toml", "./srbp", Path("srbp"), "a/srbp"])
def test_what_has_a_folder_or_a_suffix_is_a_file(given: str | Path) -> None:
    with pytest.raises(NetworkError, match=r"no such file|must end with"):
        nc.read(given)


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ("srpb", "; did you mean 'srbp'?"),
        ("SRBP", "; did you mean 'srbp'?"),
        ("nothing", "; check the path, or see 'neurochannel new --list'"),
        ("schema", "; check the path, or see 'neurochannel new --list'"),
        ("sr\0bp", "; did you mean 'srbp'?"),
    ],
)
def test_an_unknown_name_gets_a_sentence(given: str, end: str) -> None:
    expected = f"there is no file {given!r}, and no topology of this name comes with neurochannel"
    with pytest.raises(NetworkError) as raised:
        nc.read(given)
    assert str(raised.value) == expected + end


def test_a_study_takes_names_as_well(here: Path) -> None:
    (here / "studies").mkdir()
    text = '[axes]\ntopology = ["srbp", "bp"]\n'
    (here / "studies" / "names.toml").write_text(text, encoding="utf-8")
    # A file next to the study counts, one in the current folder does not.
    nc.write(nc.mlp(64, 2, 10), here / "srbp.toml")
    nc.write(nc.mlp(64, 3, 10), here / "studies" / "bp.toml")
    plan = nc.points(nc.Study.from_toml("studies/names.toml"))
    assert [entry.labels for entry in plan.entries] == [("srbp",), ("bp",)]
    srbp, bp = (nc.Network.from_text(entry.point.network) for entry in plan.entries)
    assert srbp.channel == nc.read(FILES["srbp"]).channel
    assert bp.size("hidden1") == 3


def test_a_study_with_an_unknown_name_says_so(here: Path) -> None:
    (here / "study.toml").write_text('topology = "srpb"', encoding="utf-8")
    with pytest.raises(NetworkError, match=r"there is no file 'srpb', .*; did you mean 'srbp'\?"):
        nc.points(nc.Study.from_toml("study.toml"))


def test_an_installed_package_holds_them(here: Path) -> None:
    """Lay out what hatchling puts into a wheel, and ask the package that stands there."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wheel = tomllib.loads(text)["tool"]["hatch"]["build"]["targets"]["wheel"]
    for package in wheel["packages"]:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, here / "site" / package, ignore=ignored)
    for source, target in wheel["force-include"].items():
        shutil.copytree(ROOT / source, here / "site" / target)
    done = subprocess.run(
        [sys.executable, "-m", "neurochannel", "new", "--list", "--json"],
        env={**os.environ, "PYTHONPATH": str(here / "site")},
        capture_output=True,
        check=True,
    )
    assert {entry["name"] for entry in json.loads(done.stdout)} == set(FILES)
    assert (here / "site" / "neurochannel" / "topologies" / "schema.json").is_file()


def test_an_installation_without_them_says_so(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    monkeypatch.setattr(gallery, "_FOLDERS", (here / "away", here / "gone"))
    with pytest.raises(NetworkError, match="away must hold the topologies .*; install neurochann"):
        nc.read("srbp")
