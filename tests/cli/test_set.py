"""`--set PATH=VALUE` changes a network as the axes of a study do."""

import json
from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from tests.cli.commands import SRBP, refusal, succeed, train
from tests.cli.test_new import COMMANDS
from tests.study.studies import trained

SETTINGS = [
    ("populations.hidden1.size=7", lambda n: n.size("hidden1"), 7),
    ("populations.hidden*.size=7", lambda n: n.size("hidden2"), 7),
    ("populations.hidden1.activation=relu", lambda n: n.populations["hidden1"].activation, "relu"),
    ("populations.hidden1.bias=false", lambda n: n.populations["hidden1"].bias, False),
    ("loss=squared_error", lambda n: n.loss, "squared_error"),
    ('loss = "squared_error"', lambda n: n.loss, "squared_error"),
    ("channel.*.message.bits=3", lambda n: [e.message.bits for e in n.channel], [3, 3]),
    ("channel.0.message={ bits = 2, scale = 0.5 }", lambda n: n.channel[0].message.scale, 0.5),
    ("channel.1.fan_in=2", lambda n: [e.fan_in for e in n.channel], [None, 2]),
    ("channel.1.edges=[[0, 1], [2, 3]]", lambda n: n.channel[1].edges.tolist(), [[0, 1], [2, 3]]),
    ("channel.recipe=srbp:fan_in=2,bits=4", lambda n: [e.fan_in for e in n.channel], [2, 2]),
    ("channel.recipe=top_only", lambda n: n.channel, ()),
    ("channel.recipe=none", lambda n: len(n.channel), 2),
]


@pytest.mark.parametrize(
    ("setting", "found", "expected"), SETTINGS, ids=[one[0] for one in SETTINGS]
)
def test_a_field_is_set_before_training(setting, found, expected):
    train("srbp", "--epochs", 1, "--set", setting, "--out", "run.h5")
    value = found(nc.load("run.h5").network)
    assert np.array_equal(value, expected) if isinstance(expected, list) else value == expected


def test_training_equals_that_of_a_study_with_the_same_values():
    values = {"channel.recipe": "rbp", "channel.*.message.bits": 3, "populations.hidden1.size": 20}
    study = nc.Study(
        topology=SRBP, train={"epochs": 2}, axes={path: [value] for path, value in values.items()}
    )
    (row,) = trained(study, "results", workers=1, progress=False)
    # A recipe counts first wherever it stands.
    settings = [f"--set={path}={value}" for path, value in reversed(values.items())]
    result = train("srbp", "--epochs", 2, *settings)
    assert result["test_loss"] == row["outcome"]["test_loss"]


def test_inspect_and_draw_see_the_changed_network(here):
    plain, changed = (
        json.loads(succeed("inspect", "srbp", "--no-self-test", "--json", *extra).stdout)
        for extra in ((), ("--set", "channel.recipe=top_only"))
    )
    assert plain != changed
    for name, extra in (("a", ()), ("b", ("--set", "channel.recipe=top_only"))):
        succeed("draw", "srbp", "-o", f"{name}.svg", *extra)
    assert (here / "a.svg").read_bytes() != (here / "b.svg").read_bytes()


MISTAKES = [
    (
        ("populations.hidden1.size",),
        "--set must be PATH=VALUE, got 'populations.hidden1.size'; wri",
    ),
    (("=3",), "--set must be PATH=VALUE, got '=3'; write for example"),
    (("loss=",), "--set must be PATH=VALUE, got 'loss='; write for example"),
    (("channel.0.message={ bits = 2",), "--set channel.0.message must be a TOML value, got { bits"),
    (
        ("channel.0.message={ loss = .1 }",),
        "--set channel.0.message must be a TOML value, got { loss = .1 }; close its brackets and "
        "quotes, write 0.1 rather than .1, and put it in quotes for the shell",
    ),
    (("loss=a", "loss=b"), "--set must name each field once, got loss twice; remove one"),
    (("chanel.0.fan_in=1",), "--set: chanel.0.fan_in matches nothing; did you mean 'channel'?"),
    (
        ("name=x",),
        "--set: name matches nothing; a path begins with loss, chip_seed, defaults, populations, "
        "forward, channel.recipe or channel",
    ),
    (("channel.fan_in=1",), "--set: channel.fan_in must continue after channel with *, for all en"),
    (("channel.0.fanin=1",), "--set: channel.0.fanin matches nothing, because 'fanin' is not a"),
    (
        ("channel.7.fan_in=1",),
        "--set: channel.7.fan_in matches nothing, because no network has more",
    ),
    (
        ("populations.hiden1.size=3",),
        "--set: populations.hiden1.size matches nothing, because no network has a population "
        "'hiden1'; did you mean 'hidden1'?",
    ),
    (
        ("channel.*.message.bits=0",),
        "--set: at channel.*.message.bits = 0: channel[0].message.bits must be at least 1, got 0; "
        "leave it out for unlimited precision",
    ),
    (("channel.0.fan_in=two",), '--set: at channel.0.fan_in = "two": channel[0].fan_in must be a'),
    (
        ("channel.recipe=srpb",),
        "--set: at channel.recipe = \"srpb\": channel 'srpb': must be one of",
    ),
    (("channel.recipe=3",), "--set: at channel.recipe = 3: channel.recipe must be text such as"),
    *(
        (
            (f"{path}=1",),
            f"--set: {path} must be channel.recipe or a field of the network; the rest",
        )
        for path in ("train.rate", "data", "topology", "seeds", "train.epoch")
    ),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(("settings", "sentence"), MISTAKES, ids=lambda s: str(s)[:30])
def test_a_wrong_setting_is_refused(here, command, settings, sentence):
    name, *options = command
    given = [part for setting in settings for part in ("--set", setting)]
    assert refusal(name, "srbp", *options, *given).startswith(sentence)
    assert not list(here.iterdir())


def test_a_checkpoint_is_not_changed():
    train("srbp", "--epochs", 1, "--out", "run.h5")
    before = Path("run.h5").read_bytes()
    given = ("--set", "loss=squared_error")
    sentence = "--set must be left out with --resume; the network is in run.h5"
    assert refusal("train", "--resume", "run.h5", *given) == sentence
    sentence = "--set must be left out with a checkpoint, whose network is fixed"
    assert refusal("draw", "run.h5", "-o", "a.svg", *given) == sentence
    assert Path("run.h5").read_bytes() == before
