from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter import cli
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEXTS = {".py", ".md", ".toml", ".txt", ".json", ".cff", ""}
PICTURES = {".png", ".svg"}
ADDRESS = re.compile(
    r"https://(?:raw\.githubusercontent\.com/neurochannel/neurochannel/main/"
    r"|github\.com/neurochannel/neurochannel/(?:blob|tree)/main/)"
)
MADE_AGAIN = {"results", "build", "dist"}


def texts(folder: Path = ROOT) -> Iterator[Path]:
    """Yield the project's own text files: neither what tools leave behind nor what runs write."""
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith((".", "__")) and path.name not in {".ci", "__init__.py"}
        if hidden or (folder == ROOT and path.name in MADE_AGAIN):
            continue
        if path.is_dir():
            yield from texts(path)
        elif path.suffix in TEXTS:
            yield path


def targets(path: Path) -> list[str]:
    """Return where the links of a page lead, inline or at its end."""
    text = path.read_text(encoding="utf-8")
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^\]]+\]: (\S+)$", text, re.M)


def test_imports_point_down() -> None:
    status = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == cli.EXIT_STATUS_SUCCESS


def test_the_installed_version_is_that_of_the_package() -> None:
    import neurochannel

    assert neurochannel.__version__ == PROJECT["version"]
    assert importlib.metadata.version("neurochannel") == PROJECT["version"]


def test_the_changelog_knows_this_version() -> None:
    assert f"## [{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_changelog_tells_each_change_of_the_next_version_once() -> None:
    """Branches that are merged bring headings and lines that are there already."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = text.split("## [Unreleased]", 1)[1].split("\n## [", 1)[0]
    lines = re.findall(r"^(?:### |- ).*$", unreleased, re.M)
    assert sorted(lines) == sorted(set(lines))


def test_every_package_that_is_needed_has_a_tested_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0].lower() for line in lines if "==" in line}
    extras = PROJECT["optional-dependencies"]
    needed = [*PROJECT["dependencies"], *extras["test"], *extras["dev"]]
    names = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in needed}
    assert names - {"neurochannel"} <= pinned


def test_no_file_names_a_folder_of_the_machine_that_it_was_written_on() -> None:
    own_folder = re.compile(r"(?<![\w.>)\]}*-])/(?:home|root|Users|work|mnt)/\w")
    found = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in texts()
        for line in path.read_text(encoding="utf-8").splitlines()
        if own_folder.search(line)
    }
    assert not found


@pytest.mark.parametrize("path", [p for p in texts() if p.suffix == ".md"], ids=lambda p: p.name)
def test_links_lead_to_files_of_the_project(path: Path) -> None:
    for target in targets(path):
        if found := re.match(ADDRESS, target):
            local = ROOT / target[found.end() :].partition("#")[0]
            assert local.exists(), f"{target} is missing here"
            kind = "raw" if local.suffix in PICTURES else "tree" if local.is_dir() else "blob"
            assert kind in found[0], f"{target} must be an address of the kind {kind}"
            continue
        if re.match(r"[a-z]+:|#", target):
            continue
        linked = (path.parent / target.partition("#")[0]).resolve()
        assert linked.is_relative_to(ROOT), f"{target} lies outside the project"
        assert linked.exists(), f"{target} is missing"


def test_the_readme_can_be_read_anywhere() -> None:
    """On a package index there is no folder next to it."""
    readme = ROOT / "README.md"
    assert not [target for target in targets(readme) if not target.startswith("https://")]
    text = re.sub(
        r"^```.*?^```$|`[^`\n]*`", "", readme.read_text(encoding="utf-8"), flags=re.M | re.S
    )
    named = {" ".join(name.split()) for name in re.findall(r"\[([^\]]+)\](?![(:])", text)}
    assert named == set(re.findall(r"^\[([^\]]+)\]: ", text, re.M))


def test_the_citation_names_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['version']}\n" in text
    assert f"\nlicense: {PROJECT['license']}\n" in text
    assert f"\nrepository-code: {PROJECT['urls']['Homepage']}\n" in text


def test_the_lowest_versions_are_not_above_the_tested_ones() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    extras = PROJECT["optional-dependencies"]
    needed = [Requirement(text) for text in [*PROJECT["dependencies"], *extras["test"]]]
    for tested in (Requirement(line) for line in lines if "==" in line):
        version = str(tested.specifier).removeprefix("==")
        for one in needed:
            if one.name == tested.name:
                assert any(part.operator == ">=" for part in one.specifier), f"{one} has no floor"
                assert version in one.specifier, f"{one} forbids the tested {version}"


def test_the_name_of_a_file_means_one_thing_in_all_rooms() -> None:
    rooms: dict[str, set[str]] = {}
    package = ROOT / "neurochannel"
    for path in package.rglob("*.py"):
        if path.name != "__init__.py":
            room = path.relative_to(package).parts[0]
            rooms.setdefault(path.stem, set()).add(room)
    assert {name: held for name, held in rooms.items() if len(held) > 1} == {}


def test_the_name_of_a_class_means_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for path in (ROOT / "neurochannel").rglob("*.py"):
        for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            homes.setdefault(name, []).append(path.stem)
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}
