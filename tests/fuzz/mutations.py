"""Changes that damage a file: of its bytes, of its text, and of the values that it holds."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from random import Random
from typing import Any

Tree = Any
INTEGERS = [
    b"\xff" * 4,
    b"\xff" * 8,
    b"\0" * 4,
    b"\xff\xff\xff\x7f",
    b"\x7f\xff\xff\xff",
    b"\0" * 8,
]


def changed_bytes(rng: Random, content: bytes) -> bytes:
    """Return a file with a few wrong bytes, a part too many or a part too few."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        content = rng.choice(BYTE_CHANGES)(rng, content)
    return content


def _part(rng: Random, content: bytes, longest: int = 64) -> tuple[int, int]:
    first = rng.randrange(len(content) + 1)
    return first, min(len(content), first + rng.randint(0, rng.choice((4, longest))))


def _flip(rng: Random, content: bytes) -> bytes:
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8)) if found else 0):
        found[rng.randrange(len(found))] ^= rng.choice((1, 0x80, rng.randrange(1, 256)))
    return bytes(found)


def _cut(rng: Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _drop(rng: Random, content: bytes) -> bytes:
    first, last = _part(rng, content)
    return content[:first] + content[last:]


def _repeat(rng: Random, content: bytes) -> bytes:
    first, last = _part(rng, content, 512)
    return content[:last] + content[first:last] * rng.choice((1, 2, 50)) + content[last:]


def _move(rng: Random, content: bytes) -> bytes:
    first, last = _part(rng, content)
    at = rng.randrange(len(content) + 1)
    return content[:at] + content[first:last] + content[at + last - first :]


def _integer(rng: Random, content: bytes) -> bytes:
    at, value = rng.randrange(len(content) + 1), rng.choice(INTEGERS)
    return content[:at] + value + content[at + len(value) :]


BYTE_CHANGES: list[Callable[[Random, bytes], bytes]] = [
    _flip,
    _flip,
    _flip,
    _cut,
    _drop,
    _repeat,
    _move,
    _integer,
]

SIGNS = "[ ] { } < > \" ' # = , . : -> / \\ é 𝒳 nan inf -1 1e999 null true"
WORDS = [*SIGNS.split(), "\n", "\r", "\t", "\0", "\ud800"]


def changed_text(rng: Random, content: bytes) -> bytes:
    """Return a text with words added, exchanged or repeated."""
    lines = content.decode("utf-8", "replace").splitlines(keepends=True) or [""]
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(lines))
        line, word = lines[at], rng.choice((*WORDS, "9" * 5000, "[" * 3000, "a." * 3000, "é" * 300))
        place = rng.randrange(len(line) + 1)
        match rng.randrange(4):
            case 0:
                lines[at] = line[:place] + word + line[place:]
            case 1:
                lines[at] = line[:place] + word + line[place + len(word) :]
            case 2:
                lines.insert(rng.randrange(len(lines)), line)
            case 3:
                lines[at] = line.replace(rng.choice(line.split() or [" "]), word, 1)
    return "".join(lines).encode("utf-8", "surrogatepass")


def nested(depth: int) -> Tree:
    """Return lists in lists."""
    value: Tree = 1
    for _ in range(depth):
        value = [value]
    return value


def nested_table(depth: int) -> Tree:
    """Return tables in tables."""
    value: Tree = 1
    for _ in range(depth):
        value = {"a": value}
    return value


ODD: list[Callable[[], Tree]] = [
    lambda: None,
    lambda: True,
    lambda: False,
    lambda: 0,
    lambda: -1,
    lambda: 1.5,
    lambda: 2**31,
    lambda: 2**63 - 1,
    lambda: -(2**63),
    lambda: 2**64,
    lambda: 10**400,
    lambda: math.nan,
    lambda: math.inf,
    lambda: -0.0,
    lambda: 5e-324,
    lambda: "",
    lambda: " ",
    lambda: "none",
    lambda: "a" * 5000,
    lambda: "a -> b -> a",
    lambda: "error -> " * 2000 + "error",
    lambda: "\0",
    lambda: "\ud800",
    lambda: "../../x",
    lambda: "/dev/zero",
    lambda: "tanh",
    lambda: "1e3",
    list,
    dict,
    lambda: [[]],
    lambda: [None],
    lambda: [1, "a", 2.5, None, [3]],
    lambda: [[1, 2], [3]],
    lambda: [math.nan, math.inf],
    lambda: [2**63, -1],
    lambda: ["a", "a"],
    lambda: list(range(3000)),
    lambda: {"a": 1},
    lambda: {"": {"": None}},
    lambda: {"label": [1], "value": {}},
    lambda: nested(40),
    lambda: nested(400),
    lambda: nested_table(400),
]


def changed_tree(rng: Random, tree: Tree) -> Tree:
    """Return nested lists and tables with a few odd values in them."""
    found = copy.deepcopy(tree)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = list(_places(found))
        if not places:
            return rng.choice(ODD)()
        parent, key = rng.choice(places)
        other, other_key = rng.choice(places)
        match rng.randrange(8):
            case 0:
                del parent[key]
            case 1:
                parent[key] = copy.deepcopy(other[other_key])
            case 2 if isinstance(parent, dict):
                name = rng.choice(("", "x", "a.b", "\0", "é" * 40, f"{key}s", "*", "input"))
                parent[name] = parent.pop(key)
            case 2 | 3 if isinstance(parent, list):
                parent.insert(key, copy.deepcopy(parent[key]))
            case 4 if isinstance(parent[key], list):
                parent[key] = parent[key] * rng.choice((2, 100))
            case _:
                parent[key] = rng.choice(ODD)()
    return found


def _places(tree: Tree) -> Any:
    """Yield all (parent, key) of a tree."""
    waiting = [tree]
    while waiting:
        parent = waiting.pop()
        keys = list(parent) if isinstance(parent, dict) else range(len(parent))
        for key in keys:
            yield parent, key
            if isinstance(parent[key], dict | list):
                waiting.append(parent[key])
