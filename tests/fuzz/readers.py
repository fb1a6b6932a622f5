"""The table of all readers: what they read, small valid files, and how to damage these.

A new reader is one entry here.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import h5py
import networkx as nx
import numpy as np
import tomlkit

import neurochannel as nc
from neurochannel.data import load as load_data
from neurochannel.data import read_idx
from neurochannel.storage import load as load_checkpoint
from neurochannel.storage.seal import SIZE, put_seal
from neurochannel.study.folder import PLAN, _checksum
from neurochannel.study.plan import points
from neurochannel.study.points import FORMAT
from neurochannel.study.result_frames import curves, outcomes
from neurochannel.study.spec import Study
from tests.fuzz.arrays import changed_hdf5, changed_npz, npz_bytes
from tests.fuzz.mutations import changed_bytes, changed_text, changed_tree
from tests.graphs.foreign import FILES

ROOT = Path(__file__).parents[2]
Change = Callable[[Random, bytes], bytes]


@dataclass(frozen=True)
class Reader:
    """How one kind of file is read.

    Parameters
    ----------
    suffix
        What its name ends with.
    seeds
        Small valid files.
    read
        Reads a file, as users do.
    changes
        Ways to damage its content.
    seal
        What makes a checksum right again after that.
    may_lack_memory
        Whether a small file may rightly ask for much.
    """

    suffix: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], Any]
    changes: tuple[Change, ...]
    seal: Callable[[bytes], bytes] = bytes
    may_lack_memory: bool = False


def topologies() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "topologies").glob("*.toml"))]


STUDY = """
name = "bits"
data = "digits"
seeds = 2
record = ["history"]
[network]
name = "net"
populations.input = {}
populations.h = { size = 5, activation = "tanh" }
populations.output = { activation = "softmax" }
forward = [{ path = "input -> h -> output" }]
channel = [{ path = "error -> h", message = { bits = 3 } }]
[train]
epochs = 2
batch_size = 10
rate = 0.1
[axes]
"channel.*.message.bits" = ["none", 1, 2]
populations.h.size = [3, { label = "four", value = 4 }]
[labels]
"channel.*.message.bits" = "bits"
[[zip]]
name = "speed"
labels = ["slow", "fast"]
axes = { "train.rate" = [0.1, 0.2], "train.dtype" = ["float32", "float64"] }
"""


def studies() -> list[bytes]:
    listed = 'seeds = [3, 4]\n[axes]\n"channel.recipe" = ["bp", "srbp:fan_in=2"]\n'
    path = str(ROOT / "topologies" / "bp.toml")
    return [
        STUDY.encode(),
        f'topology = "{path}"\n{listed}'.encode(),
        f'[axes]\ntopology = ["{path}"]\nloss = ["none"]\n'.encode(),
    ]


def changed_toml(rng: Random, content: bytes) -> bytes:
    """Return a file that is TOML, with odd values."""
    try:
        text = tomlkit.dumps(_for_toml(changed_tree(rng, tomllib.loads(content.decode()))))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return changed_text(rng, content)
    return text.encode("utf-8", "surrogatepass")


def _for_toml(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _for_toml(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_for_toml(part) for part in value if part is not None]
    return value


def changed_json(rng: Random, content: bytes) -> bytes:
    """Return a file that is JSON, with odd values."""
    return json.dumps(changed_tree(rng, json.loads(content))).encode()


def small_networks() -> list[nc.Network]:
    described = nc.mlp(3, 4, 2).with_channel(nc.srbp(bits=2))
    graph = nx.MultiDiGraph()
    graph.add_nodes_from("ab")
    graph.add_nodes_from([(name, {"activation": "tanh", "bias_value": 0.5}) for name in "cd"])
    graph.add_edges_from(
        [
            ("a", "c", {"kind": "forward", "weight": 0.5}),
            ("b", "c", {"kind": "forward", "weight": -1.0}),
        ]
    )
    graph.add_edges_from([("c", "d", {"kind": "forward"}), ("d", "c", {"kind": "channel"})])
    return [described, nc.from_networkx(graph)]


def written(write: Callable[[Path], Any], suffix: str) -> bytes:
    """Return what a function writes to a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        write(path)
        return path.read_bytes()


def graph_files(suffix: str, *levels: str) -> Callable[[], list[bytes]]:
    described, single = small_networks()
    choices = [(described, level) for level in levels] + [(single, levels[0])]

    def made() -> list[bytes]:
        return [written(partial(nc.write, net, level=level), suffix) for net, level in choices]

    return made


def changed_graphml(rng: Random, content: bytes) -> bytes:
    """Return XML with odd attributes, elements and encodings."""
    text = content.decode()
    for _ in range(rng.choice((1, 1, 2))):
        match rng.randrange(6):
            case 0:
                name = rng.choice(["utf-7", "utf-16", "koi8-r", "idna", "base64", "none", "cp037"])
                text = text.replace("utf-8", name, 1)
            case 1:
                values = re.findall(r'"[^"]*"', text)
                text = _once(
                    rng, text, rng.choice(values), rng.choice([*values, '""', f'"{"9" * 99}"'])
                )
            case 2:
                tags = re.findall(r"</?\w+", text)
                text = _once(rng, text, rng.choice(tags), rng.choice([*tags, "<default", "<port"]))
            case 3:
                kinds = ["int", "long", "double", "boolean", "string", "float", "any"]
                text = re.sub(r'attr.type="\w+"', f'attr.type="{rng.choice(kinds)}"', text)
            case 4:
                lines = text.splitlines(keepends=True)
                at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
                lines[at], lines[to] = lines[to], lines[at]
                text = "".join(lines)
            case 5:
                odd = [
                    "9" * 5000,
                    "nan",
                    "1e999",
                    "true",
                    "",
                    "int",
                    "&#0;",
                    "&a;",
                    "<![CDATA[x]]>",
                ]
                values = re.findall(r">[^<]+<", text) or ["<"]
                text = _once(rng, text, rng.choice(values), f">{rng.choice(odd)}<")
    return text.encode("utf-8", "surrogatepass")


def _once(rng: Random, text: str, old: str, new: str) -> str:
    places = [found.start() for found in re.finditer(re.escape(old), text)]
    at = rng.choice(places) if places else 0
    return text[:at] + new + text[at + len(old) :]


ARRAYS = {
    "train_x": np.arange(24, dtype=np.uint8).reshape(4, 6),
    "train_t": np.array([0, 1, 2, 1]),
    "test_x": np.ones((2, 6), np.uint8),
    "test_t": np.array([2, 0]),
}


def data_npz() -> list[bytes]:
    floats = {"train_x": np.linspace(0, 1, 12).reshape(4, 3), "train_t": np.eye(4, 2)}
    return [npz_bytes(ARRAYS), npz_bytes({**ARRAYS, "scale": np.array(0.5)}), npz_bytes(floats)]


def data_hdf5() -> list[bytes]:
    found = []
    choices: list[dict[str, Any]] = [
        {},
        {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": True},
        {"compression": "lzf", "chunks": True},
    ]
    for options in choices:
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as root:
            for name, array in ARRAYS.items():
                root.create_dataset(name, data=array, **options)
            root.attrs["scale"] = 0.5
        found.append(buffer.getvalue())
    return found


def idx_files() -> list[bytes]:
    plain = bytes([0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 3]) + bytes(range(12))
    floats = bytes([0, 0, 13, 1, 0, 0, 0, 3]) + np.arange(3, dtype=">f4").tobytes()
    return [plain, floats, gzip.compress(plain, mtime=0)]


def changed_idx(rng: Random, content: bytes) -> bytes:
    """Return an IDX file of odd sizes, gzipped or not."""
    raw = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    n = rng.choice((0, 1, 2, 9, 40, 255))
    sizes = [rng.choice((0, 1, 3, 2**31, 2**32 - 1)) for _ in range(n)]
    head = bytes([0, 0, rng.choice(raw[2:3] + b"\x08\x0e\x07"), n])
    raw = head + b"".join(size.to_bytes(4, "big") for size in sizes) + raw[12:]
    return gzip.compress(raw, mtime=0) if rng.random() < 0.5 else raw


def checkpoints() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "tests" / "storage").glob("format_*.h5"))]


def sealed_checkpoint(content: bytes) -> bytes:
    if len(content) <= SIZE:
        return content
    image = bytearray(content)
    put_seal(memoryview(image))
    return bytes(image)


POINT = "0123456789abcdef01234567"


def study_folders() -> list[bytes]:
    row = {
        "point": POINT,
        "status": "done",
        "reason": None,
        "seed": 0,
        "outcome": {"test_accuracy": 0.9, "epochs": 2, "seconds": None},
        "curves": {"epoch": [1, 2], "test_accuracy": [0.5, 0.9]},
        "observations": {"alignment: h": {"epochs": [2], "values": [[0.1]], "labels": ["x"]}},
        "data": "digits",
        "worker": {"seconds": 1.0},
        "checkpoint": None,
    }
    plan = {"format": FORMAT, "study": "s", "axes": ["bits"], "points": [[POINT, [1], 0]]}
    return [json.dumps({"plan": plan, "row": row}).encode()]


def read_study(path: Path) -> Any:
    """Lay a study's folder out from one file, the row with a right checksum, and sum it up."""
    try:
        both = json.loads(path.read_bytes())
        plan, row = both["plan"], dict(both["row"])
    except (ValueError, KeyError, TypeError, RecursionError):
        plan, row = None, {}
    folder = path.with_suffix(".study")
    target = folder / "points" / POINT[:2] / f"{POINT}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    (folder / PLAN).write_bytes(json.dumps(plan).encode() if plan else path.read_bytes())
    target.write_bytes(json.dumps({**row, "checksum": _checksum(row)}).encode())
    return outcomes(folder), curves(folder)


LENIENT: dict[str, Any] = {
    "undirected": "both",
    "parallel": "sum",
    "loops": "drop",
    "cycles": "drop-backward",
    "isolated": "drop",
    "activation": "tanh",
    "report": len,
}


def foreign(*names: str) -> Callable[[], list[bytes]]:
    """Return the small files of other tools that have these names."""
    contents = [FILES[name][0] for name in names]
    return lambda: [part if isinstance(part, bytes) else part.encode() for part in contents]


def read_foreign(path: Path) -> Any:
    return nc.read(path, **LENIENT)


TEXT, BYTES = (changed_text, changed_bytes), (changed_bytes,)
FOREIGN: dict[str, tuple[str, tuple[str, ...], tuple[Change, ...]]] = {
    "foreign_graphml": (".graphml", ("yed.graphml", "igraph.graphml"), (changed_graphml, *TEXT)),
    "foreign_json": (".json", ("d3.json", "networkx 1.json"), (changed_json, *TEXT)),
    "gexf": (".gexf", ("gephi.gexf", "networkx.gexf"), (changed_graphml, *TEXT)),
    "gml": (".gml", ("parallel.gml",), TEXT),
    "pajek": (".net", ("pajek.net",), TEXT),
    "table": (".csv", ("titled.csv", "labelled.csv", "turned.csv"), TEXT),
    "edge_list": (".txt", ("worm.txt", "networkx.edgelist"), TEXT),
    "matrix_npz": (".npz", ("scipy.npz", "triples.npz"), (changed_npz, *BYTES)),
    "matrix_npy": (".npy", ("plain.npy",), BYTES),
    "matrix_market": (".mtx", ("coordinates.mtx", "array.mtx"), TEXT),
    "matlab_73": (".mat", ("dense 7.3.mat", "sparse 7.3.mat"), (changed_hdf5, *BYTES)),
    # Without older .mat: SciPy reads these, and a damaged one may crash the process in its code.
    "sonata": (".h5", ("sonata.h5",), (changed_hdf5, *BYTES)),
    "nir": (".nir", ("small.nir",), (changed_hdf5, *BYTES)),
}
"""By name: the end of their names, small files, and ways to damage them."""

READERS = {
    "topology": Reader(".toml", topologies, nc.read, (changed_toml, changed_text, changed_bytes)),
    "study": Reader(
        ".toml",
        studies,
        lambda path: points(Study.from_toml(path), 200),
        (changed_toml, changed_toml, changed_text, changed_bytes),
    ),
    "json": Reader(
        ".json",
        graph_files(".json", "neuron", "population"),
        nc.read,
        (changed_json, changed_json, changed_text, changed_bytes),
    ),
    "graphml": Reader(
        ".graphml",
        graph_files(".graphml", "neuron", "population"),
        nc.read,
        (changed_graphml, changed_text, changed_bytes),
    ),
    "npz": Reader(
        ".npz",
        graph_files(".npz", "neuron"),
        nc.read,
        (changed_npz, changed_npz, changed_bytes),
    ),
    **{
        name: Reader(suffix, foreign(*files), read_foreign, changes)
        for name, (suffix, files, changes) in FOREIGN.items()
    },
    "data_npz": Reader(".npz", data_npz, load_data, (changed_npz, changed_bytes)),
    "data_hdf5": Reader(".h5", data_hdf5, load_data, (changed_hdf5, changed_bytes)),
    "idx": Reader("-ubyte", idx_files, read_idx, (changed_idx, changed_bytes)),
    "checkpoint": Reader(
        ".h5",
        checkpoints,
        lambda path: load_checkpoint(path, without_data=True),
        (changed_hdf5, changed_bytes),
        sealed_checkpoint,
        may_lack_memory=True,
    ),
    "study_folder": Reader(".json", study_folders, read_study, (changed_json, changed_bytes)),
}
