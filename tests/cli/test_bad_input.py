from pathlib import Path

import pytest

import neurochannel as nc
from tests.cli.commands import SRBP, TOPOLOGIES, refusal, run, train

NETWORK = """
[populations]
input = {}
hidden = { size = 5, activation = "tanh" }
output = { activation = "softmax" }

[[forward]]
path = "input -> hidden -> output"
"""
CHANNEL = '\n[[channel]]\npath = "error -> hidden"\n'

BAD_TOPOLOGIES = {
    "unknown key": (NETWORK.replace("size", "sise"), "populations.hidden.sise is not a known key"),
    "unknown population": (NETWORK.replace("t -> h", "t -> g"), "known populations, got 'gidden'"),
    "cycle": (NETWORK.replace("n -> o", "n -> input -> o"), "cycle"),
    "forward-only source": (
        NETWORK + CHANNEL.replace("error -> hidden", "input -> hidden"),
        "channel[0].path",
    ),
    "no such forward edge": (
        NETWORK.replace("[[forward]]", "deep = { size = 3 }\n\n[[forward]]").replace(
            "hidden -> output", "deep -> hidden -> output"
        )
        + '\n[[channel]]\npath = "error -> deep"\nweights = "tied"\n',
        "tied",
    ),
    "no bits": (NETWORK + CHANNEL + "message = { bits = 0 }\n", "channel[0].message.bits must be"),
    "negative size": (NETWORK.replace("size = 5", "size = -5"), "size must be at least 1, got -5"),
    "not TOML": ("[populations", "must be TOML, got a mistake at "),
    "empty": ("", "mistakes"),
}


@pytest.mark.parametrize("name", BAD_TOPOLOGIES)
def test_a_bad_topology_is_refused_with_sentences(name):
    text, sentence = BAD_TOPOLOGIES[name]
    Path("net.toml").write_text(text)
    done = run("train", "net.toml")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("neurochannel: net.toml: ")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_several_mistakes_in_one_file_are_listed_together():
    text = NETWORK.replace("size = 5", "size = 0") + CHANNEL + "message = { bits = 0 }\n"
    Path("net.toml").write_text(text)
    lines = run("train", "net.toml").stderr.splitlines()
    assert lines[0] == "neurochannel: net.toml: 2 mistakes:"
    assert [line[:4] for line in lines[1:]] == ["  - ", "  - "]


def test_sizes_that_do_not_fit_the_data_are_refused():
    Path("net.toml").write_text(NETWORK.replace("input = {}", "input = { size = 784 }"))
    sentence = refusal("train", "net.toml")
    assert "populations.input.size must be 64, the number of inputs in the data" in sentence


def test_a_network_that_needs_too_much_memory_is_refused(monkeypatch):
    def fail(*arguments, **options):
        raise MemoryError("Unable to allocate 559. GiB")

    monkeypatch.setattr(nc.Simulation, "__init__", fail)
    sentence = "there is not enough memory (Unable to allocate 559. GiB); take fewer neurons"
    assert sentence in refusal("train", SRBP)


BAD_OPTIONS = [
    (("--epochs", 0), "--epochs must lie between 1 and 1000000000, got 0"),
    (("--epochs", -3), "--epochs must lie between 1 and 1000000000, got -3"),
    (("--epochs", "many"), "--epochs must be a whole number, got many"),
    (("--batch-size", 0), "--batch-size must lie between 1 and 2147483648, got 0"),
    (("--rate", 0), "--rate must be a number greater than 0, got 0"),
    (("--rate", "nan"), "--rate must be a number greater than 0, got nan"),
    (("--rate", "fast"), "--rate must be a number greater than 0, got fast"),
    (("--decay", -1), "--decay must be a number of at least 0, got -1"),
    (("--seed", -1), "--seed must lie between 0 and 18446744073709551615, got -1"),
    (("--dtype", "float16"), "--dtype must be float32 or float64, got float16"),
    (("--threads", 0), "--threads must lie between 1 and 1024, got 0"),
    (("--checkpoint-every", 0, "--out", "a.h5"), "--checkpoint-every must lie between 1 and"),
    (("--checkpoint-every", 1), "--checkpoint-every must come with --out FILE.h5; add it"),
    (("--data", "mnits"), "data set 'mnits' is unknown (did you mean 'mnist'?)"),
    (("--data", "mnist"), 'run "neurochannel data fetch mnist"'),
    (("--data", "missing.npz"), "data file missing.npz does not exist; check the path"),
    (("--out", "missing/run.h5"), "missing/run.h5 cannot be written"),
    (("--out", "."), ". cannot be written (it is a folder); name a file in it"),
    (("--plot", "missing/run.svg"), "missing/run.svg cannot be written"),
    (("--plot", "run.gif"), "run.gif must end in .png, .svg or .pdf, got '.gif'"),
    (("--out", "a.svg", "--plot", "a.svg"), "--plot must name another file than the checkpoint"),
    (("--epoch", 3), "option --epoch is unknown, did you mean --epochs?; see 'neurochannel train"),
    (("--epochs",), "option '--epochs' requires an argument; see 'neurochannel"),
    (("other.toml",), "got unexpected extra argument (other.toml); see 'neurochannel train"),
    (("--resume", "run.h5"), "FILE must be left out with --resume"),
]


@pytest.mark.parametrize(("options", "sentence"), BAD_OPTIONS)
def test_bad_options_are_refused_before_training(monkeypatch, options, sentence):
    def fail(*arguments, **options):
        pytest.fail("it trained")

    monkeypatch.setattr(nc.Simulation, "train", fail)
    assert sentence in refusal("train", SRBP, *options)
    assert not list(Path.cwd().glob("*"))


BAD_COMMANDS = [
    (("train",), "train must have a FILE, a name such as srbp, or --resume CHECKPOINT"),
    (("train", "missing.toml"), "missing.toml: there is no such file; check the path"),
    (("train", TOPOLOGIES), "must be a file, got a folder"),
    (("train", "run.h5"), "to resume from a checkpoint write --resume run.h5"),
    (("train", "--resume", "missing.h5"), "missing.h5 does not exist; check the path"),
    (("train", "--resume", SRBP), "is not a neurochannel checkpoint"),
    (("evaluate",), "CHECKPOINT is missing; see 'neurochannel evaluate --help'"),
    (("evaluate", "missing.h5"), "missing.h5 does not exist; check the path"),
    (("plot", "-o", "a.svg"), "is missing; see 'neurochannel plot --help'"),
    (("plot", "a.h5"), "--out is missing; see 'neurochannel plot --help'"),
    (("plot", "missing.h5", "-o", "a.svg"), "missing.h5 does not exist; check the path"),
    (("data", "fetch"), "NAME is missing; see 'neurochannel data fetch --help'"),
    (("data", "fetch", "mnits"), "data set 'mnits' is unknown (did you mean 'mnist'?)"),
    (("trian",), "no such command 'trian'"),
    (("--verison",), "option --verison is unknown, did you mean --version?"),
]


@pytest.mark.parametrize(("command", "sentence"), BAD_COMMANDS)
def test_bad_commands_are_refused(command, sentence):
    assert sentence in refusal(*command)


def test_a_run_is_not_lost_by_mistake():
    train(SRBP, "--epochs", 1, "--out", "run.h5")
    before = Path("run.h5").read_bytes()
    sentence = refusal("train", SRBP, "--out", "run.h5")
    assert sentence.endswith("run.h5 exists; name another, or add --force to replace it")
    assert Path("run.h5").read_bytes() == before
    train(SRBP, "--epochs", 2, "--out", "run.h5", "--force")
    assert nc.load("run.h5").epoch == 2


def test_divergence_has_a_code_of_its_own_and_leaves_the_checkpoint_alone():
    text = NETWORK.replace('"tanh"', '"power(3)"').replace('"softmax"', '"linear"') + CHANNEL
    Path("net.toml").write_text(text)
    train("net.toml", "--epochs", 1, "--rate", 1e-6, "--out", "run.h5")
    before = Path("run.h5").read_bytes()
    command = ("train", "net.toml", "--rate", 1e6, "--out", "run.h5", "--force")
    sentence = refusal(*command, code=3)
    assert sentence.startswith("training diverged at update ")
    assert Path("run.h5").read_bytes() == before


def test_a_mistake_of_ours_is_not_hidden(monkeypatch):
    def fail(*arguments, **options):
        raise AssertionError("a bug")

    monkeypatch.setattr(nc.data, "load", fail)
    assert isinstance(run("train", SRBP).exception, AssertionError)
