"""Runs commands as a user would and reads what they print."""

import json
import re
import sys
from pathlib import Path

from click.testing import CliRunner

from neurochannel.cli import main

TOPOLOGIES = Path(__file__).parents[2] / "topologies"
SRBP = str(TOPOLOGIES / "srbp.toml")
PROGRAM = Path(sys.executable).with_name("neurochannel")
RESULT = {
    "test_accuracy",
    "train_accuracy",
    "test_loss",
    "train_loss",
    "epochs",
    "seconds_per_epoch",
    "checkpoint",
}


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def succeed(*arguments):
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    return done


def train(*arguments):
    """Train with --json and return the object that it prints."""
    done = succeed("train", *arguments, "--json")
    result = json.loads(done.stdout)
    assert set(result) == RESULT
    return result


def refusal(*arguments, code=2):
    """Return the one sentence with which a command ends."""
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    assert re.fullmatch(r"neurochannel: [^\n]+\n", done.stderr), done.stderr
    return done.stderr.removeprefix("neurochannel: ").rstrip("\n")
