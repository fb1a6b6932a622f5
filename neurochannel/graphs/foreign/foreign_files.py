"""Files of other tools by the end of their names."""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

from neurochannel.errors import NetworkError, OptionError
from neurochannel.graphs.foreign.foreign_graph import ForeignGraph
from neurochannel.graphs.foreign.import_options import ImportSettings
from neurochannel.inputs.descriptions import read_open, read_text
from neurochannel.inputs.opening import size_of
from neurochannel.model.problems import listed

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
Reader = Callable[[BufferedReader, ImportSettings], ForeignGraph]


def _gexf(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.networkx_files import MOST_BYTES, read_gexf

    return read_gexf(_content(file, MOST_BYTES))


def _content(file: BufferedReader, most: int) -> bytes:
    if size_of(file) > most:
        raise NetworkError(
            f"must have at most {most:,} bytes in this format, got {size_of(file):,}; save it as a "
            "list of edges, .csv or .npz"
        )
    return file.read()


def _text(file: BufferedReader, options: ImportSettings, name: str) -> ForeignGraph:
    from neurochannel.graphs.foreign import networkx_files

    content = _content(file, networkx_files.MOST_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    read: Callable[[str], ForeignGraph] = getattr(networkx_files, name)
    return read(text)


def _gml(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    return _text(file, options, "read_gml")


def _pajek(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    return _text(file, options, "read_pajek")


def _separated(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.edge_lists import read_table

    return read_table(file, options, spaced=False)


def _spaced(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.edge_lists import read_table

    return read_table(file, options, spaced=True)


def _npy(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.matrix_files import read_npy

    return read_npy(file, options)


def _mat(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.matrix_files import read_mat

    _check_size(file)
    start = file.read(10)
    file.seek(0)
    if start == b"MATLAB 7.3" or start[:8] == HDF5_SIGNATURE:
        from neurochannel.graphs.foreign.hdf5_files import opened
        from neurochannel.graphs.foreign.matlab73 import read_mat73

        with opened(file, "a MATLAB file") as (root, n_bytes):
            return read_mat73(root, n_bytes, options)
    return read_mat(file, options)


def _mtx(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.matrix_market import read_mtx

    _check_size(file)
    return read_mtx(file.read(), options)


def _check_size(file: BufferedReader, most: int = 2**32) -> None:
    if size_of(file) > most:
        raise NetworkError(f"must have at most {most:,} bytes, got {size_of(file):,}; thin it")


def _hdf5(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.hdf5_files import opened
    from neurochannel.graphs.foreign.nir_reader import read_nir
    from neurochannel.graphs.foreign.sonata import read_sonata
    from neurochannel.inputs.hdf5_texts import TextReader

    with opened(file, "an HDF5 file, of SONATA or NIR") as (root, n_bytes):
        if "node" in root and "version" in root:
            return read_nir(root, TextReader(file), n_bytes, options)
        return read_sonata(root, n_bytes)


def _nir(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.hdf5_files import opened
    from neurochannel.graphs.foreign.nir_reader import read_nir
    from neurochannel.inputs.hdf5_texts import TextReader

    with opened(file, "a NIR file") as (root, n_bytes):
        return read_nir(root, TextReader(file), n_bytes, options)


def _graphml(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.foreign.foreign_graph import graph_of_networkx
    from neurochannel.graphs.graphml import read_graphml

    return graph_of_networkx(read_graphml(file))


def _npz(file: BufferedReader, options: ImportSettings) -> ForeignGraph:
    from neurochannel.graphs.edge_npz import holds_edge_lists
    from neurochannel.graphs.foreign.matrix_files import read_npz_matrix
    from neurochannel.graphs.foreign.own_edge_lists import read_edge_lists

    return read_edge_lists(file) if holds_edge_lists(file) else read_npz_matrix(file, options)


FOREIGN: dict[str, Reader] = {
    ".gexf": _gexf,
    ".gml": _gml,
    ".net": _pajek,
    ".paj": _pajek,
    ".csv": _separated,
    ".tsv": _separated,
    ".txt": _spaced,
    ".edgelist": _spaced,
    ".edges": _spaced,
    ".npy": _npy,
    ".mat": _mat,
    ".mtx": _mtx,
    ".nir": _nir,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
}
"""Formats of other tools only."""
SHARED: dict[str, Reader] = {".graphml": _graphml, ".npz": _npz}
"""Formats that neurochannel has as well; .json is the third."""


TEXTS = (".csv", ".tsv", ".txt", ".edgelist", ".edges")
READ_BY = {
    "layout": TEXTS,
    "columns": TEXTS,
    "rows": (*TEXTS, ".npz", ".npy", ".mat", ".mtx"),
    "variable": (".npz", ".mat"),
}
"""The formats that an option of reading is for."""


def read_foreign(where: str, suffix: str, options: ImportSettings) -> ForeignGraph:
    """Read a graph of another tool from a file.

    Raises
    ------
    NetworkError
        If it cannot be read.
    OptionError
        If an option of reading is for other formats.
    """
    usual = ImportSettings()
    for option, suffixes in READ_BY.items():
        if suffix not in suffixes and getattr(options, option) != getattr(usual, option):
            raise OptionError(
                f"{option} must be left out for {suffix} files, because it is for "
                f"{listed(suffixes)}; remove it"
            )
    if suffix == ".json":
        from neurochannel.graphs.foreign.foreign_graph import graph_of_networkx
        from neurochannel.graphs.jsonfile import graph_of_json

        return graph_of_networkx(graph_of_json(read_text(where)[0]))
    read = {**FOREIGN, **SHARED}[suffix]
    return read_open(where, lambda file: read(file, options))


def named(graph: ForeignGraph, where: str) -> str:
    """Return the name of a network: that in the file or, if it has none, that of the file."""
    return graph.name if graph.name != "network" else Path(where).stem
