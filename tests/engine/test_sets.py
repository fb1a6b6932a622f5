"""Sets of redrawn channel weights take turns together."""

import numpy as np

import neurochannel as nc

X, T = np.ones((2, 4)), np.array([0, 1])


def turns(sets, n_steps=40):
    """Return which of the matrices met so far each bundle has at each step."""
    names = ("error -> hidden2", "hidden2 -> hidden1")
    channel = [
        nc.ChannelEdges(path=name, weights="redrawn", sets=k)
        for name, k in zip(names, sets, strict=True)
    ]
    run = nc.Simulation(nc.mlp(4, 3, 3, 2).with_channel(*channel), seed=5, rate=0.1)
    met, taken = {name: [] for name in names}, []
    for _ in range(n_steps):
        row = []
        for name in names:
            C = np.array(run.channel_weights[name])
            known = [number for number, seen in enumerate(met[name]) if np.array_equal(seen, C)]
            if not known:
                met[name].append(C)
            row.append(known[0] if known else len(met[name]) - 1)
        taken.append(tuple(row))
        run.step(X, T)
    return taken


def test_all_bundles_of_a_step_use_the_same_set():
    taken = turns((3, 3))
    assert set(taken) == {(0, 0), (1, 1), (2, 2)}
    assert all(taken.count((k, k)) > 5 for k in range(3))


def test_bundles_with_other_numbers_of_sets_have_their_own_turns():
    assert len({first for first, _ in turns((2, 3))}) == 2
    assert len({second for _, second in turns((2, 3))}) == 3
