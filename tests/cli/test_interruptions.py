"""Whatever asks a command to end, what was learned is kept, and closed streams end nothing."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

import neurochannel as nc
from tests.cli.commands import PROGRAM, SRBP, refusal, run, train

pytestmark = pytest.mark.slow

FOR_EVER = ("--epochs", 10**8, "--out", "run.h5", "--checkpoint-every", 1)
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
KEPT = (
    r"(compiling [^\n]*\n)?neurochannel: stopped in epoch \d+ and kept what was learned; "
    r"resume with: neurochannel train --resume run.h5 --epochs 100000000\n"
)


def usual():
    """Handle signals as in a program that a shell in a terminal starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(*command, prepare=usual, **options):
    return subprocess.Popen(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
        **options,
    )


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


@contextmanager
def training(path, *, prepare=usual):
    with start(PROGRAM, "train", SRBP, *FOR_EVER, prepare=prepare) as process:
        try:
            wait_for(path, process)
            yield process
        finally:
            process.kill()


def ended(process):
    stdout, stderr = process.communicate(timeout=60)
    return process.returncode, stdout, stderr


def script(body):
    """Start the command line in a Python that does something else at one place."""
    text = f"import os, signal, sys, time\nimport neurochannel.cli.training as training\n{body}\n"
    call = "from neurochannel.cli import main\nmain()"
    return start(
        *(sys.executable, "-c", text + call),
        *("train", SRBP, "--epochs", 2, "--out", "run.h5", "--quiet"),
    )


@pytest.mark.parametrize("number", CODES)
def test_signals_keep_what_was_learned(here, number):
    with training(here / "run.h5") as process:
        process.send_signal(number)
        code, stdout, stderr = ended(process)
    assert (code, stdout) == (CODES[number], "")
    assert re.fullmatch(KEPT, stderr)
    kept = nc.load("run.h5")
    goal = kept.epoch + 2
    assert train("--resume", "run.h5", "--epochs", goal)["epochs"] == goal
    straight = nc.Simulation(nc.Network.from_toml(SRBP), nc.data.load("digits"))
    straight.train(goal, evaluate_every=goal)
    resumed = nc.load("run.h5")
    assert resumed.history["epoch"].tolist() == list(range(1, goal + 1))
    for name, weights in straight.weights.items():
        assert np.array_equal(weights, resumed.weights[name])


def test_a_signal_that_comes_twice_at_once_is_one_signal(here):
    """`timeout` sends it to its child and to the group of its child."""
    with training(here / "run.h5") as process:
        until = time.monotonic() + 0.4
        while time.monotonic() < until and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.001)
        code, _, stderr = ended(process)
    assert code == 143
    assert re.fullmatch(KEPT, stderr)


def test_a_second_signal_ends_at_once(here):
    hang = "training.save = lambda *_, **__: (open('saving', 'w').close(), time.sleep(600))"
    with script(hang) as process:
        try:
            wait_for(here / "saving", process)
            process.send_signal(signal.SIGHUP)
            time.sleep(1)
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert ended(process) == (143, "", "")
        finally:
            process.kill()


def test_a_signal_while_the_end_is_saved_waits_for_that(here):
    body = (
        "real = training.save\n"
        "def save(*given, **options):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(0.1)\n"
        "    real(*given, **options)\n"
        "training.save = save"
    )
    with script(body) as process:
        assert ended(process) == (
            143,
            "",
            "neurochannel: stopped after epoch 2, the last one, and kept what was learned in "
            "run.h5\n",
        )
    assert nc.load("run.h5").epoch == 2


@pytest.mark.parametrize("number", CODES)
def test_a_signal_before_training_is_one_word(here, number):
    body = f"training.data.load = lambda name: (os.kill(os.getpid(), {int(number)}), time.sleep(9))"
    with script(body) as process:
        code, stdout, stderr = ended(process)
    assert (code, stdout, stderr.strip()) == (CODES[number], "", "neurochannel: interrupted")


def test_a_terminal_that_is_closed_keeps_what_was_learned(here):
    master, slave = pty.openpty()
    own = (
        "import fcntl, os, signal, sys, termios; signal.signal(signal.SIGHUP, signal.SIG_DFL); "
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    )
    call = "os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", own + call, PROGRAM, "train", SRBP, *FOR_EVER]
    streams = {"stdin": slave, "stdout": slave, "stderr": slave}
    with subprocess.Popen([*map(str, command)], start_new_session=True, **streams) as process:
        try:
            os.close(slave)
            wait_for(here / "run.h5", process)
            os.close(master)  # writing to it fails from now on
            assert process.wait(timeout=60) == 129
        finally:
            process.kill()
    assert nc.load("run.h5").epoch > 0
    assert not list(here.glob(".*.tmp*"))


def test_a_signal_that_is_ignored_stays_so(here):
    """As `nohup` has it."""

    def deaf():
        usual()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with training(here / "run.h5", prepare=deaf) as process:
        process.send_signal(signal.SIGHUP)
        (here / "run.h5").unlink()
        wait_for(here / "run.h5", process)
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 143


def test_in_python_other_signals_are_left_alone():
    before = {number: signal.getsignal(number) for number in CODES}
    seen = []
    simulation = nc.Simulation(nc.Network.from_toml(SRBP), nc.data.load("digits"))
    simulation.train(1, [lambda _: seen.append([signal.getsignal(n) for n in CODES])])
    terminated, hung_up = seen[0][1:]
    assert terminated is before[signal.SIGTERM]
    assert hung_up is before[signal.SIGHUP]
    run("train", SRBP, "--epochs", 1, "--quiet")
    assert {number: signal.getsignal(number) for number in CODES} == before


def test_ctrl_c_says_so_when_nothing_is_kept(monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(nc.Simulation, "train", stop)
    sentence = refusal("train", SRBP, code=130)
    assert sentence == "stopped in epoch 1 and kept nothing; add --out FILE.h5 the next time"


STREAMS = {
    "no stdout": (">&-", 0),
    "no stderr": ("2>&-", 0),
    "none at all": ("<&- >&- 2>&-", 0),
    "stderr to nobody": ("2> >(true)", 0),
    "stdout to nobody": ("> >(true)", 1),
}


@pytest.mark.parametrize("streams", STREAMS)
def test_closed_streams_end_nothing_but_what_is_said(here, streams):
    redirected, code = STREAMS[streams]
    line = f"exec {PROGRAM} train {SRBP} --epochs 1 --out run.h5 --observe all {redirected}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert done.stderr == ""
    assert nc.load("run.h5").epoch == 1
    assert os.listdir(here) == ["run.h5"]


@pytest.mark.parametrize(
    ("line", "first", "stderr"),
    [
        ("data list --json | true", "", ""),
        ("data list | head -1", "name ", ""),
        (f"inspect {SRBP} --compare bp,rbp | head -1", "srbp: ", ""),
        ("nonsense 2>&1 | head -1", "neurochannel: no such command", ""),
        ("--version >/dev/full", "", "neurochannel: No space left on device\n"),
    ],
)
def test_a_closed_pipe_is_quiet(line, first, stderr):
    done = subprocess.run(["bash", "-c", f"{PROGRAM} {line}"], capture_output=True, text=True)
    assert done.stderr == stderr
    assert done.stdout.startswith(first)
    assert done.stdout.count("\n") == bool(first)


@pytest.mark.parametrize("name", ["module://matplotlib_inline.backend_inline", "nonsense", "tkagg"])
def test_the_backend_of_a_notebook_does_not_matter(here, name):
    code = (
        "import os, sys\n"
        "from neurochannel.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(os.environ['MPLBACKEND'])"
    )
    done = subprocess.run(
        [*(sys.executable, "-W", "error", "-c", code), "draw", SRBP, "-o", "net.svg"],
        env={**os.environ, "MPLBACKEND": name},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"figure net.svg\n{name}\n", "")
    assert (here / "net.svg").exists()
