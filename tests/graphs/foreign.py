"""Small files as other tools write them, all of one graph: a -> c, b -> c, c -> d, c -> e."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import networkx as nx
import numpy as np
from scipy import sparse
from scipy.io import mmwrite, savemat

EDGES = {("a", "c"): 2.0, ("b", "c"): 3.0, ("c", "d"): 4.0, ("c", "e"): 5.0}
NAMES = "abcde"


def graph() -> nx.DiGraph:
    made: nx.DiGraph = nx.DiGraph()
    made.add_nodes_from((name, {"color": "red"}) for name in NAMES)
    made.add_weighted_edges_from((*ends, weight) for ends, weight in EDGES.items())
    return made


def matrix() -> np.ndarray:
    found = np.zeros((5, 5))
    for (source, target), weight in EDGES.items():
        found[NAMES.index(source), NAMES.index(target)] = weight
    return found


GRAPHML = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
"""
IGRAPH = f"""{GRAPHML}<!-- Created by igraph -->
  <key id="v_name" for="node" attr.name="name" attr.type="string"/>
  <key id="e_weight" for="edge" attr.name="weight" attr.type="double"/>
  <graph id="G" edgedefault="directed">
{
    "".join(
        f'<node id="n{at}"><data key="v_name">{name}</data></node>' for at, name in enumerate(NAMES)
    )
}
{
    "".join(
        f'<edge source="n{NAMES.index(s)}" target="n{NAMES.index(t)}">'
        f'<data key="e_weight">{w}</data></edge>'
        for (s, t), w in EDGES.items()
    )
}
  </graph></graphml>"""
GEPHI = f"""{GRAPHML}
<key attr.name="label" attr.type="string" for="node" id="label"/>
<key attr.name="Edge Label" attr.type="string" for="edge" id="edgelabel"/>
<key attr.name="weight" attr.type="double" for="edge" id="weight"/>
<key attr.name="r" attr.type="int" for="node" id="r"/>
<key attr.name="x" attr.type="float" for="node" id="x"/>
<key attr.name="size" attr.type="float" for="node" id="size"/>
<graph edgedefault="directed">
{
    "".join(
        f'<node id="{name}"><data key="label">{name.upper()}</data><data key="size">10.0</data>'
        f'<data key="r">0</data><data key="x">-12.5</data></node>'
        for name in NAMES
    )
}
{
    "".join(
        f'<edge id="{at}" source="{s}" target="{t}"><data key="weight">{w}</data></edge>'
        for at, ((s, t), w) in enumerate(EDGES.items())
    )
}
</graph></graphml>"""
YED = f"""{GRAPHML}
  <key for="port" id="d0" yfiles.type="portgraphics"/>
  <key for="node" id="d6" yfiles.type="nodegraphics"/>
  <key for="graphml" id="d7" yfiles.type="resources"/>
  <key attr.name="weight" attr.type="integer" for="edge" id="d8"/>
  <key for="edge" id="d10" yfiles.type="edgegraphics"/>
  <graph edgedefault="directed" id="G">
{
    "".join(
        f'<edge id="e{s}{t}" source="n{s}" target="n{t}" sourceport="p0">'
        f'<data key="d8">{w:.0f}</data><data key="d10"><y:PolyLineEdge>'
        "<y:EdgeLabel>w</y:EdgeLabel></y:PolyLineEdge></data></edge>"
        for (s, t), w in EDGES.items()
    )
}
{
    "".join(
        f'<node id="n{name}"><data key="d6"><y:ShapeNode><y:Geometry height="30" width="30" x="1"/>'
        f'<y:NodeLabel hasText="true">{name}<y:LabelModel/></y:NodeLabel></y:ShapeNode></data>'
        '<port name="p0"><data key="d0">x</data></port></node>'
        for name in NAMES[:4]
    )
}
    <node id="group"><graph edgedefault="directed" id="group:"><node id="ne">
      <data key="d6"><y:ShapeNode><y:NodeLabel>e</y:NodeLabel></y:ShapeNode></data></node></graph>
      <data key="d6"><y:NodeLabel>group</y:NodeLabel></data></node>
  </graph>
  <data key="d7"><y:Resources/></data>
</graphml>"""
GEXF = f"""<?xml version='1.0' encoding='UTF-8'?>
<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">
  <meta><creator>Gephi 0.10.1</creator></meta>
  <graph defaultedgetype="directed" mode="static">
    <attributes class="node" mode="static">
      <attribute id="modularity" title="Modularity Class" type="integer"/></attributes>
    <nodes count="5">
{
    "".join(
        f'<node id="{name}" label="{name}"><attvalues><attvalue for="modularity" value="0"/>'
        '</attvalues><viz:size value="10.0"/><viz:position x="1" y="2" z="0"/>'
        '<viz:color r="1" g="2" b="3"/></node>'
        for name in NAMES
    )
}
    </nodes><edges>
{
    "".join(
        f'<edge id="{at}" source="{s}" target="{t}" weight="{w}"/>'
        for at, ((s, t), w) in enumerate(EDGES.items())
    )
}
    </edges></graph></gexf>"""
GML = "graph [\n directed 1\n{}{}{}]\n".format(
    "".join(f' node [\n  id {at}\n  label "{name}"\n ]\n' for at, name in enumerate(NAMES)),
    "".join(
        f" edge [\n  source {NAMES.index(s)}\n  target {NAMES.index(t)}\n  weight {w}\n ]\n"
        for (s, t), w in EDGES.items()
    ),
    " edge [\n  source 2\n  target 4\n  weight 1.0\n ]\n",
)
PAJEK = "%made by a test\n*Network small\n*Vertices 5\n{}*Arcs\n{}".format(
    "".join(f'{at} "{name}" 0.1 0.2 0.5\n' for at, name in enumerate(NAMES, 1)),
    "".join(f"{NAMES.index(s) + 1} {NAMES.index(t) + 1} {w:.0f}\n" for (s, t), w in EDGES.items()),
)


def lines(separator: str, *titles: str) -> str:
    head = separator.join(titles) + "\n" if titles else ""
    rows = [separator.join((s, t, f"{w:.0f}")) for (s, t), w in EDGES.items()]
    return head + "\n".join(rows) + "\n"


def labelled() -> str:
    rows = [f"{name},{','.join(map(str, row))}" for name, row in zip(NAMES, matrix(), strict=True)]
    return "," + ",".join(NAMES) + "\n" + "\n".join(rows) + "\n"


def node_link(key: str, by_number: bool = False, **head: Any) -> str:
    ends = {name: at if by_number else name for at, name in enumerate(NAMES)}
    nodes = [{"id": name, "color": "red"} for name in NAMES]
    rows = [{"source": ends[s], "target": ends[t], "weight": w} for (s, t), w in EDGES.items()]
    return json.dumps({**head, "nodes": nodes, key: rows})


def d3() -> str:
    nodes = [{"name": name, "group": 1} for name in NAMES]
    rows = [
        {"source": NAMES.index(s), "target": NAMES.index(t), "value": w}
        for (s, t), w in EDGES.items()
    ]
    return json.dumps({"nodes": nodes, "links": rows})


def written(write: Callable[[Any], Any]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def mat(**variables: Any) -> bytes:
    return written(lambda file: savemat(file, variables))


def hdf5(fill: Callable[[h5py.File], Any]) -> bytes:
    def write(file: Any) -> None:
        with h5py.File(file, "w") as root:
            fill(root)

    return written(write)


def matlab73(dense: bool) -> bytes:
    """A matrix A and a vector as MATLAB 7.3 stores them: column by column, behind 512 bytes."""

    def fill(root: h5py.File) -> None:
        root["x"] = np.ones((1, 3))
        root.create_group("#refs#")
        if dense:
            root.create_dataset("A", data=matrix().T, chunks=(5, 5), compression="gzip")
            root["A"].attrs["MATLAB_class"] = np.bytes_("double")
            return
        columns = sparse.csc_array(matrix())
        group = root.create_group("A")
        group.attrs["MATLAB_sparse"] = np.uint64(5)
        group["data"] = columns.data
        group["ir"], group["jc"] = (
            part.astype(np.uint64) for part in (columns.indices, columns.indptr)
        )

    def write(file: Any) -> None:
        with h5py.File(file, "w", userblock_size=512) as root:
            fill(root)
        file.seek(0)
        file.write(b"MATLAB 7.3 MAT-file, made by a test".ljust(128))

    return written(write)


def sonata() -> bytes:
    """Neurons a, b = lgn 0, 1; c, d, e = v1 0, 1, 2, as two populations of edges."""

    def fill(root: h5py.File) -> None:
        for name, heads, tails in (("lgn_to_v1", "ab", "cc"), ("v1_to_v1", "cc", "de")):
            group = root.create_group(f"edges/{name}")
            source, target = name.split("_to_")
            for key, ends, population in (
                ("source_node_id", heads, source),
                ("target_node_id", tails, target),
            ):
                numbers = [NAMES.index(end) - 2 * (population == "v1") for end in ends]
                group.create_dataset(key, data=np.array(numbers, np.uint64))
                group[key].attrs["node_population"] = population
            group["edge_type_id"] = np.zeros(2, np.uint32)
            group["edge_group_id"] = np.zeros(2, np.uint16)
            group["edge_group_index"] = np.array([1, 0])
            weights = [EDGES[ends] for ends in zip(heads, tails, strict=True)]
            group["0/syn_weight"] = np.array(weights)[::-1]

    return hdf5(fill)


SONATA_NAMES = {
    f"{'lgn' if n in 'ab' else 'v1'}[{NAMES.index(n) - 2 * (n > 'b')}]": n for n in NAMES
}


def nir(nodes: dict[str, dict[str, Any]], edges: list[tuple[str, str]]) -> bytes:
    """A NIR file as its library writes it."""

    def fill(root: h5py.File) -> None:
        root["version"] = "1.0"
        node = root.create_group("node")
        node["type"] = "NIRGraph"
        node.create_dataset("edges", data=edges, dtype=h5py.string_dtype())
        for name, fields in nodes.items():
            for key, value in fields.items():
                node[f"nodes/{name}/{key}"] = value

    return hdf5(fill)


def small_nir() -> bytes:
    first, second = np.array([[2.0, 3.0]]), np.array([[4.0], [5.0]])
    return nir(
        {
            "input": {"type": "Input", "shape": np.array([2])},
            "one": {"type": "Linear", "weight": first},
            "two": {"type": "Affine", "weight": second, "bias": np.array([0.5, -0.5])},
            "output": {"type": "Output", "shape": np.array([2])},
        },
        [("input", "one"), ("one", "two"), ("two", "output")],
    )


NIR_NAMES = {"input[0]": "a", "input[1]": "b", "one": "c", "two[0]": "d", "two[1]": "e"}
NUMBERS = {str(at): name for at, name in enumerate(NAMES)}
File = tuple[bytes | str, dict[str, Any], dict[str, str]]
FILES: dict[str, File] = {
    "networkx.graphml": ("\n".join(nx.generate_graphml(graph())), {"kind": "forward"}, {}),
    "igraph.graphml": (IGRAPH, {"names": "name"}, {}),
    "gephi.graphml": (GEPHI, {"kind": "forward"}, {}),
    "yed.graphml": (YED, {"names": "label", "isolated": "drop"}, {}),
    "networkx.gexf": ("\n".join(nx.generate_gexf(graph())), {}, {}),
    "gephi.gexf": (GEXF, {}, {}),
    "parallel.gml": (GML, {"parallel": "first"}, {}),
    "networkx.gml": ("\n".join(nx.generate_gml(graph())), {}, {}),
    "pajek.net": (PAJEK, {}, {}),
    "networkx 1.json": (node_link("links", True, directed=True, graph=[]), {"kind": "forward"}, {}),
    "networkx 2.json": (node_link("links", directed=True, graph={}), {"kind": "forward"}, {}),
    "networkx 3.json": (node_link("edges", directed=True, graph={}), {"kind": "forward"}, {}),
    "d3.json": (d3(), {"weight": "value"}, {}),
    "plain.csv": (lines(","), {}, {}),
    "titled.csv": (lines(";", "pre", "post", "weight"), {}, {}),
    "flywire.csv": (
        lines(",", "pre_root_id", "post_root_id", "syn_count"),
        {"weight": "syn_count"},
        {},
    ),
    "own titles.csv": (lines(",", "x", "y", "weight"), {"columns": "x,y"}, {}),
    "titled.tsv": (lines("\t", "Source", "Target", "weight"), {}, {}),
    "worm.txt": (lines("\t").replace("\t", " ", 1), {}, {}),
    "commented.txt": ("# a comment\n" + lines(" "), {}, {}),
    "networkx.edgelist": ("\n".join(nx.generate_edgelist(graph())), {}, {}),
    "labelled.csv": (labelled(), {}, {}),
    "turned.csv": (
        "\n".join(",".join(map(str, row)) for row in matrix().T) + "\n",
        {"rows": "targets"},
        NUMBERS,
    ),
    "scipy.npz": (written(lambda f: sparse.save_npz(f, sparse.csr_array(matrix()))), {}, NUMBERS),
    "columns.npz": (written(lambda f: sparse.save_npz(f, sparse.csc_array(matrix()))), {}, NUMBERS),
    "triples.npz": (written(lambda f: sparse.save_npz(f, sparse.coo_array(matrix()))), {}, NUMBERS),
    "named.npz": (
        written(lambda f: np.savez(f, a=matrix(), b=np.eye(5), c=np.ones(5))),
        {"variable": "a"},
        NUMBERS,
    ),
    "plain.npy": (written(lambda f: np.save(f, matrix())), {}, NUMBERS),
    "dense.mat": (mat(A=matrix(), x=np.ones(3)), {}, NUMBERS),
    "sparse.mat": (mat(A=sparse.csc_array(matrix()), x=np.ones(3)), {}, NUMBERS),
    "dense 7.3.mat": (matlab73(dense=True), {}, NUMBERS),
    "sparse 7.3.mat": (matlab73(dense=False), {"variable": "A"}, NUMBERS),
    "coordinates.mtx": (written(lambda f: mmwrite(f, sparse.coo_array(matrix()))), {}, NUMBERS),
    "array.mtx": (written(lambda f: mmwrite(f, matrix())), {}, NUMBERS),
    "sonata.h5": (sonata(), {"weight": "syn_weight"}, SONATA_NAMES),
    "small.nir": (small_nir(), {}, NIR_NAMES),
}
"""By name: the content, the options that it needs, and what its neurons are here."""


def placed(folder: Path, name: str) -> Path:
    content = FILES[name][0]
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
