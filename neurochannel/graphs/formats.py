"""Networks in files of every format, chosen by the end of the name."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from io import BufferedReader
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from neurochannel.atomic import write_new
from neurochannel.errors import NetworkError
from neurochannel.graphs.convert import LEVELS, check_level, from_networkx, to_networkx
from neurochannel.graphs.foreign.foreign_files import FOREIGN, named, read_foreign
from neurochannel.graphs.foreign.import_options import ImportOptions, ImportSettings, options_of
from neurochannel.graphs.foreign.network_from import network_from
from neurochannel.graphs.older_files import update_words
from neurochannel.graphs.run_weights import check_network, sized_by
from neurochannel.inputs.descriptions import read_open, read_text
from neurochannel.model import gallery
from neurochannel.model.network import Network
from neurochannel.model.problems import listed, short
from neurochannel.renamed import telling_keywords

if TYPE_CHECKING:
    from networkx import DiGraph

    from neurochannel.engine.simulation import Simulation

LOG = logging.getLogger("neurochannel")
READ = (".toml", ".json", ".graphml", ".npz")
ALL_READ = (*READ, *FOREIGN)
WRITTEN = (*READ, ".gexf", ".nir", ".dot")


def read(path: str | PathLike[str], **options: Unpack[ImportOptions]) -> Network:
    """Read a network from a file of neurochannel, or a graph from one of another tool.

    Files of neurochannel end with .toml, .json (node-link), .graphml or .npz (edge lists). Graphs
    of other tools are GraphML, JSON, GEXF, GML, Pajek (.net), lists of edges and matrices as text
    (.csv, .tsv, .txt, .edgelist) or arrays (.npz, .npy, .mat, .mtx), SONATA (.h5) and NIR (.nir).

    Parameters
    ----------
    path
        A bare name in text, such as "srbp", is the file of that name in the current folder or,
        if there is none, the topology that comes with neurochannel.
    options
        How a graph of another tool becomes a network, as in `from_networkx`, and how to read it:

        layout, columns
            Whether a text is a list of "edges" or a "matrix", where that is not clear; the titles
            of the columns of sources and targets, "pre,post".
        rows
            Whether rows of a matrix are "sources" (the default) or "targets".
        variable
            The name of the matrix in an .npz or .mat file.

    Raises
    ------
    NetworkError
        If the file cannot be read, is of another format or does not describe a network.
    OptionError
        If there is no such option, or its value is wrong.
    """
    where = gallery.located(path) if isinstance(path, str) else os.fspath(path)
    suffix = Path(where).suffix.lower()
    if (suffix == ".toml" and not options) or (suffix not in ALL_READ and os.path.isdir(where)):
        return Network.from_toml(where)
    if suffix not in ALL_READ or suffix == ".toml":
        raise _unreadable(where, suffix)
    try:
        if options or suffix in FOREIGN:
            return import_graph(where, options_of(options))
        if suffix == ".json":
            return _json(read_text(where)[0], where)
        if suffix == ".graphml":
            return read_open(where, lambda file: _graphml(file, where))
        return read_open(where, lambda file: _npz(file, where))
    except NetworkError as error:
        raise (error if error.where else error.located(where)) from None


def import_graph(where: str, options: ImportSettings) -> Network:
    """Make a network from a file with a graph of another tool.

    Raises
    ------
    NetworkError
        If the file cannot be read, or with a sentence for each cause that only the user can decide.
    """
    suffix = Path(where).suffix.lower()
    if suffix == ".toml" or suffix not in ALL_READ:
        raise _unreadable(where, suffix)
    try:
        graph = read_foreign(where, suffix, options)
        return network_from(replace(graph, name=named(graph, where)), options)
    except NetworkError as error:
        raise (error if error.where else error.located(where)) from None


def _unreadable(where: str, suffix: str) -> NetworkError:
    if suffix == ".toml":
        text = "must be a graph of another tool to be imported, got a topology"
        return NetworkError(f"{text}; use it as it is", where)
    what = "which is for export only" if suffix == ".dot" else "which is none of these"
    return NetworkError(
        f"must end with {listed(ALL_READ, 'or')}, got {short(Path(where).name)}, {what}; "
        "choose another format",
        where,
    )


def _json(text: str, where: str) -> Network:
    from neurochannel.graphs.jsonfile import graph_of_json

    return _of_file(graph_of_json(text), where)


def _graphml(file: BufferedReader, where: str) -> Network:
    from neurochannel.graphs.graphml import read_graphml

    return _of_file(read_graphml(file), where)


def _of_file(graph: DiGraph[Any], where: str) -> Network:
    update_words(graph, where)
    return from_networkx(graph)


def _npz(file: BufferedReader, where: str) -> Network:
    from neurochannel.graphs.edge_npz import holds_edge_lists, read_npz

    if not holds_edge_lists(file):
        return import_graph(where, ImportSettings())
    return read_npz(file, where)


@telling_keywords
def write(
    network: Network,
    path: str | PathLike[str],
    run: Simulation | None = None,
    level: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write a network to a new file, atomically.

    Parameters
    ----------
    network
        Any network.
    path
        Ends with .toml, .json (node-link), .graphml, .npz (edge lists), .gexf (Gephi), .nir (the
        forward graph of a run) or .dot (Graphviz). What .gexf and .nir lose is logged.
    run
        A run of this network, whose weights and biases are written; not for .toml.
    level
        "population" or "neuron" for .json, .graphml, .gexf and .dot; None for single neurons where
        the network names them. A .toml file has populations, an .npz file single neurons.
    overwrite
        Replace a file that exists.

    Raises
    ------
    NetworkError
        If the file exists or cannot be written, or the format cannot hold what is asked of it.
    """
    for line in write_and_tell(network, path, run, level, overwrite=overwrite):
        LOG.warning(f"{os.fspath(path)}: {line}")


def write_and_tell(
    network: Network,
    path: str | PathLike[str],
    run: Simulation | None = None,
    level: str | None = None,
    *,
    overwrite: bool = False,
) -> list[str]:
    """Do the same as `write`; return what the format cannot hold, a line for each."""
    check_network(network)
    where = os.fspath(path)
    suffix = written_suffix(where)
    if level is None:
        level = _usual_level(network, suffix, run)
    check_level(level)
    try:
        content, lost = _content(network, suffix, level, run)
    except NetworkError as error:
        raise error.located(where) from None
    write_new(path, content, NetworkError, overwrite=overwrite)
    return lost


def written_suffix(where: str) -> str:
    """Return how the name of a file to write ends.

    Raises
    ------
    NetworkError
        If there is no such format.
    """
    suffix = Path(where).suffix.lower()
    if suffix not in WRITTEN:
        raise NetworkError(
            f"must end with {listed(WRITTEN, 'or')}, got {short(Path(where).name)}; "
            "choose one of these formats",
            where,
        )
    return suffix


def _usual_level(network: Network, suffix: str, run: Simulation | None) -> str:
    """Return the level of a file that holds most of a network."""
    parts = network.populations.values()
    named = any(part.neurons is not None or part.attributes for part in parts)
    drawn = any(
        edges.fan_in is not None or edges.density is not None
        for edges in (*network.forward, *network.channel)
    )
    if suffix == ".npz":
        return LEVELS[0]
    if suffix == ".toml" or (suffix == ".json" and drawn and run is None):
        return LEVELS[1]
    return LEVELS[0] if named else LEVELS[1]


def _content(
    network: Network, suffix: str, level: str, run: Simulation | None
) -> tuple[str | bytes, list[str]]:
    """Return what a file holds, and what it cannot."""
    if suffix == ".toml":
        if level == "neuron" or run is not None:
            raise NetworkError(
                "a .toml file holds populations without the weights of a run; write .json or "
                ".npz, or save a checkpoint"
            )
        return network.to_toml(), []
    if suffix == ".npz":
        from neurochannel.graphs.edge_npz import npz_bytes

        if level == "population":
            raise NetworkError(
                "an .npz file holds single neurons; leave out the level, or write .json"
            )
        return npz_bytes(sized_by(network, run), run), []
    if suffix == ".nir":
        from neurochannel.graphs.foreign.nir_writer import nir_bytes

        return nir_bytes(sized_by(network, run), run)
    if suffix == ".gexf":
        from neurochannel.graphs.foreign.gexf_writer import gexf_text

        return gexf_text(to_networkx(network, level, run))
    from neurochannel.graphs.dot import dot_text
    from neurochannel.graphs.graphml import graphml_text
    from neurochannel.graphs.jsonfile import json_text

    writers: dict[str, Callable[..., str]] = {
        ".json": json_text,
        ".graphml": graphml_text,
        ".dot": dot_text,
    }
    return writers[suffix](to_networkx(network, level, run)), []
