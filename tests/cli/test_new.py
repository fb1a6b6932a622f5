"""`neurochannel new`, and names and standard input where a command takes FILE."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import neurochannel as nc
from neurochannel.cli import main
from tests.cli.commands import TOPOLOGIES, refusal, succeed

NAMES = sorted(path.stem for path in TOPOLOGIES.iterdir() if path.stem != "schema")
COMMANDS = [
    ("train", "--epochs", "1", "--json"),
    ("draw", "-o", "net.svg", "--json"),
    ("inspect", "--no-self-test", "--json"),
]


def with_stdin(text, *arguments):
    return CliRunner().invoke(main, arguments, input=text)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_can_be_written_and_read_back(name):
    done = succeed("new", name, "--json")
    written = json.loads(done.stdout)
    assert written == {"name": name, "file": next(TOPOLOGIES.glob(f"{name}.*")).name}
    assert nc.read(Path(written["file"])).name == name


def test_the_list_has_a_line_for_each():
    lines = succeed("new", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["name", *NAMES]
    listed = json.loads(succeed("new", "--list", "--json").stdout)
    assert [entry["name"] for entry in listed] == NAMES
    assert lines[1].endswith(listed[0]["about"])


def test_no_file_is_replaced_by_mistake():
    assert succeed("new", "bp", "-o", "mine.toml").stdout == "topology mine.toml\n"
    before = Path("mine.toml").read_bytes()
    sentence = refusal("new", "srbp", "-o", "mine.toml")
    assert sentence == "mine.toml exists; name another file with -o, or add --force"
    assert Path("mine.toml").read_bytes() == before
    succeed("new", "srbp", "-o", "mine.toml", "--force")
    assert nc.read("mine").name == "srbp"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "new must have a NAME such as srbp; see 'neurochannel new --list'"),
        (("srpb",), "no topology that comes with neurochannel is called 'srpb'; did you mean 'sr"),
        (("srbp", "--list"), "--list must stand alone; leave out the name and -o"),
        (("srbp", "-o", "a.json"), "--out must end in .toml, the format of srbp, got 'a.json'"),
        (("quadtree", "-o", "q"), "--out must end in .json, the format of quadtree, got 'q'"),
        (("srbp", "-o", "missing/a.toml"), "missing/a.toml cannot be written (No such file or"),
    ],
)
def test_what_cannot_be_written_is_refused(here, arguments, sentence):
    assert refusal("new", *arguments).startswith(sentence)
    assert not list(here.iterdir())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_takes_a_name_or_standard_input(here, command):
    (here / "empty").mkdir()
    name, *options = command
    named = json.loads(succeed(name, "srbp", *options).stdout)
    text = (TOPOLOGIES / "srbp.toml").read_text(encoding="utf-8")
    piped = with_stdin(text, name, "-", *options)
    assert piped.exit_code == 0, piped.output
    found = json.loads(piped.stdout)
    named.pop("seconds_per_epoch", None), found.pop("seconds_per_epoch", None)
    assert found == named


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_wrong_name_or_input_is_refused(command):
    name, *options = command
    assert refusal(name, "srpb", *options).endswith("; did you mean 'srbp'?")
    done = with_stdin("[populations", name, "-", *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("neurochannel: standard input: must be TOML, got a mistake at")


def test_a_study_is_read_from_standard_input():
    text = 'name = "piped"\ntopology = "srbp"\n[train]\nepochs = 1\n'
    done = with_stdin(text, "study", "-", "--dry-run", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["study"] == "piped"
    done = with_stdin(text + "[axes]\nlos = [1]\n", "study", "-", "--dry-run")
    assert done.stderr.startswith("neurochannel: standard input: axes.los matches nothing; did you")
