"""Ctrl-C at any moment of a training in Python: nothing is lost, nothing is done twice."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow

SCRIPT = textwrap.dedent(
    """
    import os, random, signal, threading, time
    import numpy as np
    import neurochannel as nc

    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored under nohup or in a job
    network = nc.mlp(None, 8, None).with_channel(nc.srbp())
    digits = nc.data.load("digits")
    straight = nc.Simulation(network, digits)
    straight.train(60)
    differ = stopped = 0
    for trial in range(40):
        run = nc.Simulation(network, digits)
        delay = random.Random(trial).uniform(0.0, 0.05)
        timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
        try:
            timer.start()
            run.train(60)
        except KeyboardInterrupt:
            stopped += 1
        try:
            timer.join()
            time.sleep(0.001)
        except KeyboardInterrupt:
            pass
        if run.epoch < 60:
            run.train(60 - run.epoch)
        same = np.array_equal(run.weights["input -> hidden1"], straight.weights["input -> hidden1"])
        lines = np.array_equal(run.history["test_loss"], straight.history["test_loss"])
        differ += not (same and lines)
    print(stopped, differ)
    """
)


def test_interrupted_runs_go_on_bit_for_bit_wherever_ctrl_c_strikes(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    stopped, differ = map(int, done.stdout.split())
    assert stopped > 10
    assert differ == 0
