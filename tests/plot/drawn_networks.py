"""Networks to draw that are larger than those of tests/networks.py."""

import numpy as np

import neurochannel as nc

WEIGHTS = ("random", "redrawn", "tied_product", "concordant")


def layered(seed: int, n: int = 12) -> nc.Network:
    """A random network of n populations with skips, branches, a relay and a mixed channel."""
    rng = np.random.default_rng(seed)
    names = ["input", *(f"hidden{i}" for i in range(1, n - 2)), "output"]
    arrows = {(names[max(0, i - rng.integers(1, 4))], names[i]) for i in range(1, len(names))}
    heard = {a for a, _ in arrows}
    arrows |= {(name, names[i + 1]) for i, name in enumerate(names[:-1]) if name not in heard}
    for _ in range(3):
        i, j = sorted(rng.choice(len(names), 2, replace=False))
        arrows.add((names[i], names[j]))
    populations = {name: {"size": 10, "activation": "tanh"} for name in [*names, "relay"]}
    populations["input"] = {"size": 10}
    populations["output"] = {"size": 3, "activation": "softmax"}
    channel = [{"path": "error -> relay", "weights": "random"}]
    for i, name in enumerate(names[1:-1], 1):
        above = ["error", "relay", *names[i + 1 : -1]]
        edges = {"path": f"{above[rng.integers(len(above))]} -> {name}"}
        edges["weights"] = "random" if "relay" in edges["path"] else str(rng.choice(WEIGHTS[:2]))
        if rng.random() < 0.5:
            edges["fan_in"] = 2
        if rng.random() < 0.5:
            edges["message"] = {"bits": 3}
        channel.append(edges)
    return nc.Network(
        name=f"random {seed}",
        populations=populations,
        forward=[
            {"path": f"{a} -> {b}", "learn": bool(rng.random() < 0.8)} for a, b in sorted(arrows)
        ],
        channel=channel,
    )


def deep(n_hidden: int) -> nc.Network:
    """A chain with three skips and no channel."""
    names = ["input", *(f"h{i}" for i in range(1, n_hidden + 1)), "output"]
    populations = {name: {"size": 50, "activation": "tanh"} for name in names}
    skips = ["h2 -> h5", "input -> h4", f"h1 -> h{n_hidden}"]
    return nc.Network(
        name="deep",
        populations=populations
        | {"input": {"size": 64}, "output": {"size": 10, "activation": "softmax"}},
        forward=[{"path": " -> ".join(names)}, *({"path": path} for path in skips)],
    )


def twin() -> nc.Network:
    """Each hidden population has a relay of its own that delivers one to one."""
    hidden, twins = ([f"{word}{i}" for i in (1, 2, 3)] for word in ("hidden", "twin"))
    populations = {name: {"size": 30, "activation": "tanh"} for name in [*hidden, *twins]}
    ends = {"input": {"size": 64}, "output": {"size": 10, "activation": "softmax"}}
    return nc.Network(
        name="twin",
        populations=populations | ends,
        forward=[{"path": " -> ".join(["input", *hidden, "output"])}],
        channel=[
            {"path": " -> ".join(["error", *reversed(twins)])},
            *(
                {"path": f"{a} -> {b}", "one_to_one": True}
                for a, b in zip(twins, hidden, strict=True)
            ),
        ],
    )


def branched() -> nc.Network:
    """Three branches, a skip, a relay, and a bundle within a row that has to go round."""
    sizes = {"left": 60, "middle": 20, "right": 60, "top": 30, "relay": 5}
    populations = {name: {"size": size, "activation": "tanh"} for name, size in sizes.items()}
    ends = {"input": {"size": 64}, "output": {"size": 10, "activation": "softmax"}}
    return nc.Network(
        name="branched",
        populations=populations | ends,
        forward=[
            {"path": "input -> left -> top -> output"},
            {"path": "input -> right -> output", "fan_in": 8},
            {"path": "input -> middle -> top"},
        ],
        channel=[
            {"path": "error -> top -> left", "weights": "tied"},
            {"path": "error -> relay"},
            {"path": "relay -> right", "message": {"bits": 2, "quantizer": "stochastic"}},
            {"path": "top -> middle", "weights": "concordant"},
            {"path": "error -> left", "weights": "redrawn", "derivative": False},
            {"path": "left -> right", "weights": "adaptive"},
        ],
    )


def hand() -> nc.Network:
    """Twelve neurons with names, each edge of them listed."""

    def of(*names: str, activation: str = "tanh") -> dict:
        return {"neurons": list(names), "activation": activation}

    return nc.Network(
        name="hand",
        populations={
            "input": of("x1", "x2", "x3", activation="linear"),
            "a": of("a1", "a2", "a3", "a4"),
            "b": of("b1", "b2", "b3"),
            "output": of("y1", "y2", activation="softmax"),
        },
        forward=[
            {"path": "input -> a", "edges": [[0, 0], [0, 1], [1, 1], [1, 2], [2, 3], [2, 0]]},
            {"path": "a -> b", "edges": [[0, 0], [1, 0], [1, 1], [2, 2], [3, 2]]},
            {"path": "b -> output", "edges": [[0, 0], [1, 0], [1, 1], [2, 1]]},
            {"path": "input -> b", "edges": [[0, 2]]},
            {"path": "a -> output", "edges": [[3, 1]]},
        ],
        channel=[
            {"path": "error -> b", "edges": [[0, 0], [1, 1], [1, 2]]},
            {"path": "b -> a", "edges": [[0, 0], [0, 1], [2, 2]], "weights": "adaptive"},
            {"path": "error -> a", "edges": [[1, 3]]},
        ],
    )
