import re
import signal
import subprocess
import time

import numpy as np

import neurochannel as nc
from tests.cli.commands import PROGRAM, SRBP, refusal, run, train


def start(*arguments):
    """Start the program as a shell in a terminal would: with Ctrl-C switched on."""
    return subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def test_ctrl_c_keeps_what_was_learned(here):
    options = ("--epochs", 10**8, "--out", "run.h5", "--checkpoint-every", 1)
    with start("train", SRBP, *options) as process:
        wait_for(here / "run.h5", process)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, "")
    assert re.fullmatch(
        r"(compiling [^\n]*\n)?neurochannel: stopped in epoch \d+ and kept what was learned; "
        r"go on with: neurochannel train --resume run.h5 --epochs 100000000\n",
        stderr,
    )
    kept = nc.load("run.h5")
    goal = kept.epoch + 2
    assert train("--resume", "run.h5", "--epochs", goal)["epochs"] == goal
    straight = nc.Simulation(nc.Network.from_toml(SRBP), nc.data.load("digits"))
    straight.train(goal, evaluate_every=goal)
    resumed = nc.load("run.h5")
    assert resumed.history["epoch"].tolist() == list(range(1, goal + 1))
    for name, weights in straight.weights.items():
        assert np.array_equal(weights, resumed.weights[name])


def test_ctrl_c_says_so_when_nothing_is_kept(monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(nc.Simulation, "train", stop)
    sentence = refusal("train", SRBP, code=130)
    assert sentence == "stopped in epoch 1 and kept nothing; add --out FILE.h5 the next time"


def test_ctrl_c_before_training_is_one_word(monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(nc.data, "load", stop)
    done = run("train", SRBP)
    assert (done.exit_code, done.stderr.strip()) == (130, "neurochannel: interrupted")


def test_a_closed_pipe_is_quiet():
    done = subprocess.run(
        f"{PROGRAM} data list --json | true", shell=True, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
