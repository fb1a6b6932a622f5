"""`neurochannel import`: a graph of another tool as a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from neurochannel.cli.report import print_json
from neurochannel.cli.values import check_new
from neurochannel.errors import NetworkError, OptionError

OPTIONS = {
    "kind": ("forward|channel|CONDITION", "What edges without a kind are.  [default: forward]"),
    "inputs": (
        "NAMES|CONDITION",
        "Inputs: A,B or type=sensory.  [default: without incoming edges]",
    ),
    "outputs": ("NAMES|CONDITION", "Outputs.  [default: without outgoing edges]"),
    "activation": ("NAME", "Activation of hidden neurons.  [default: tanh]"),
    "output_activation": ("NAME", "Activation of outputs.  [default: softmax; one: logistic]"),
    "weight": ("ATTRIBUTE|none", "Initial weights.  [default: weight]"),
    "scale": ("NUMBER|mean|unit|max", "Multiply the weights, or divide them by their size."),
    "names": ("ATTRIBUTE", "Attribute that names the neurons, instead of their ids."),
    "unknown": ("ignore|keep|refuse", "Attributes that mean nothing here.  [default: ignore]"),
    "ignore": ("ATTRIBUTES", "Attributes to ignore in any case, with commas."),
    "undirected": ("refuse|as-written|both", "Edges without a direction.  [default: refuse]"),
    "parallel": ("refuse|sum|first", "Several edges between two neurons.  [default: refuse]"),
    "loops": ("refuse|drop", "Edges from a neuron to itself.  [default: refuse]"),
    "cycles": (
        "refuse|drop-backward|unroll=K",
        "Edges that close cycles; unroll=K: K steps of time.  [default: refuse]",
    ),
    "stimulus": ("each|first", "When inputs are heard, unrolled.  [default: each step]"),
    "reach": ("all|last", "Steps that the channel leads to, unrolled.  [default: all]"),
    "order": ("ATTRIBUTE", "An order of the neurons; edges against it are dropped."),
    "isolated": ("refuse|drop", "Neurons without an edge.  [default: refuse]"),
    "channel": ("mirror|RECIPE", "The learning channel, such as srbp:fan_in=2.  [default: none]"),
    "layout": ("edges|matrix", "What a text is, where that is not clear."),
    "columns": ("SOURCE,TARGET", "Titles of the columns of a list of edges."),
    "variable": ("NAME", "Name of the matrix in an .npz or .mat file."),
    "rows": ("sources|targets", "What the rows of a matrix are.  [default: sources]"),
}
"""What the command line says of each field of `ImportSettings`."""


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for name, (metavar, text) in reversed(OPTIONS.items()):
        flag = "--" + name.replace("_", "-")
        command = click.option(flag, name, metavar=metavar, help=text)(command)
    return command


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option("-o", "--out", metavar="FILE", help="Network to write: .toml, .npz, .json, .graphml.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@_with_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def import_graph(file: str, out: str | None, force: bool, as_json: bool, **given: Any) -> None:
    """Make a network from a graph of another tool, and say what each step does.

    FILE is GraphML, JSON, GEXF, GML, Pajek (.net), a list of edges or a matrix (.csv, .tsv, .txt,
    .edgelist, .npz, .npy, .mat, .mtx), SONATA (.h5) or NIR (.nir). What loses edges or neurons must
    be chosen; a refusal names the option. Without -o, nothing is written.
    """
    from neurochannel.graphs.foreign.import_options import options_of
    from neurochannel.graphs.formats import import_graph as imported
    from neurochannel.graphs.formats import write, written_suffix
    from neurochannel.model import gallery

    if out is not None:
        check_new("--out", out, force)
        if written_suffix(out) == ".nir":
            raise OptionError(
                f"--out must name a network without weights of a run, got {out}; write .json, then "
                "'neurochannel export FILE --seed 0 -o FILE.nir'"
            )
    steps: list[str] = []
    with _flags():
        chosen = {name: value for name, value in given.items() if value is not None}
        if "scale" in chosen:
            chosen["scale"] = _number(chosen["scale"])
        options = options_of({**chosen, "report": steps.append})
        network = imported(gallery.located(file), options)
    if out is not None:
        write(network, out, overwrite=force)
    if as_json:
        populations = len(network.populations)
        print_json(
            {"network": out, "name": network.name, "populations": populations, "steps": steps}
        )
        return
    for step in map(_flagged, steps):
        click.echo(step)
    if out is not None:
        click.echo(f"network {out}")


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


@contextmanager
def _flags() -> Iterator[None]:
    """Write options in messages as the command line has them."""
    try:
        yield
    except NetworkError as error:
        raise NetworkError(map(_flagged, error.problems), error.where) from None
    except OptionError as error:
        raise OptionError(_flagged(str(error))) from None


def _flagged(text: str) -> str:
    """Return a text with ``--loops drop`` for ``loops='drop'``."""

    def flag(name: str) -> str:
        return "--" + name.replace("_", "-")

    names = "|".join(OPTIONS)
    told = re.sub(rf"\b({names})='([^']*)'", lambda found: f"{flag(found[1])} {found[2]}", text)
    return re.sub(rf"^({names})(?= must|:)", lambda found: flag(found[1]), told)
