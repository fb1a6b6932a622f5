"""How long the right-hand side of a flow takes: 64-100-30-10 on the digits, one thread.

Run with `python -m scripts.bench.flows`.
"""

from __future__ import annotations

import time

import numpy as np

import neurochannel as nc
from neurochannel.theory.right_hand_side import RightHandSide

EVALUATIONS = 10_000


def main() -> None:
    """Print the time of 10,000 evaluations, and of the flow's own arithmetic."""
    data = nc.data.load("digits")
    network = nc.mlp(64, 100, 30, 10).with_channel(nc.rbp())
    run = nc.Simulation(network, data, batch_size=len(data.train.x))
    velocity = RightHandSide(run)
    state = velocity.start
    velocity(state)
    best = np.inf
    for _ in range(5):
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(EVALUATIONS // 100):
            velocity(state)
        best = min(best, 100 * (time.perf_counter() - began))
        used = 100 * (time.process_time() - cpu)
    print(f"{EVALUATIONS} evaluations, {velocity.n} parameters, {len(data.train.x)} examples:")
    print(f"{best:.1f} s by the clock, {used:.1f} s of processor time")
    began = time.perf_counter()
    done = nc.theory.flow(run, until=20.0, tolerance=1e-6, save_at=[20.0])
    took = time.perf_counter() - began
    print(
        f"flow to t = 20: {done.evaluations} evaluations in {took:.1f} s, loss {done.loss[-1]:.4g}"
    )


if __name__ == "__main__":
    main()
