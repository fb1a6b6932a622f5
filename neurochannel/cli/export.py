"""`neurochannel export`: a network in the formats of other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from neurochannel.cli.networks import read_network, set_option
from neurochannel.cli.report import announce_compilation, print_json
from neurochannel.cli.values import check_new, one_of, whole
from neurochannel.errors import OptionError

if TYPE_CHECKING:
    from neurochannel.engine.simulation import Simulation
    from neurochannel.model.network import Network

CHECKPOINTS = (".h5", ".hdf5")
LEVELS = ("population", "neuron")
LARGEST_SEED = 2**64 - 1


@click.command()
@click.argument("file", metavar="FILE|CHECKPOINT")
@set_option
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="FILE",
    help="File to write: .graphml, .gexf, .nir, .json, .npz, .dot or .toml.",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option(
    "--level",
    metavar="|".join(LEVELS),
    callback=one_of(*LEVELS),
    help="What a node is.  [default: population, or neuron where the network names them]",
)
@click.option(
    "--seed",
    metavar="N",
    callback=whole(0, LARGEST_SEED),
    help="Draw edges and initial weights as a run with this seed; .nir needs weights.",
)
@click.option(
    "--data", "given", metavar="NAME|PATH", help="Data set for sizes that FILE leaves out."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def export(
    file: str,
    settings: tuple[str, ...],
    out: str,
    force: bool,
    level: str | None,
    seed: int | None,
    given: str | None,
    as_json: bool,
) -> None:
    """Write the network in FILE, or that of a checkpoint with its weights, for other tools.

    GraphML for yEd, Gephi and igraph; GEXF for Gephi; NIR, the forward graph with its weights;
    node-link JSON for networkx and D3; edge lists in .npz; DOT for Graphviz. What a format cannot
    hold is said in a line each.
    """
    from neurochannel.graphs.formats import write_and_tell

    check_new("--out", out, force)
    network, run = _given(file, settings, seed, given, out)
    lost = write_and_tell(network, out, run, level, overwrite=force)
    if as_json:
        print_json({"file": out, "network": network.name, "lost": lost})
        return
    for line in lost:
        click.echo(line)
    click.echo(f"graph {out}")


def _given(
    file: str, settings: tuple[str, ...], seed: int | None, given: str | None, out: str
) -> tuple[Network, Simulation | None]:
    """Return the network, and a run of it if there are weights to write."""
    if Path(file).suffix.lower() not in CHECKPOINTS:
        return _described(file, settings, seed, given, out)
    from neurochannel.storage import load, peek

    unwanted = {"--set": settings, "--seed": seed is not None, "--data": given}
    for name, value in unwanted.items():
        if value:
            raise OptionError(f"{name} must be left out with a checkpoint, whose run is fixed")
    rate = 1.0 if isinstance(peek(file).options["rate"], str) else None
    announce_compilation()
    run = load(file, rate=rate, without_data=True)
    return run.network, None if Path(out).suffix.lower() == ".toml" else run


def _described(
    file: str, settings: tuple[str, ...], seed: int | None, given: str | None, out: str
) -> tuple[Network, Simulation | None]:
    from neurochannel import data
    from neurochannel.engine.gate import sized_for
    from neurochannel.engine.simulation import Simulation

    network = read_network(file, settings)
    if given is not None:
        network = sized_for(network, data.load(given))
    if seed is None and Path(out).suffix.lower() == ".nir":
        raise OptionError(
            f"--seed must be given to draw the weights that a .nir file holds, got {file} without "
            "any; name a seed, or a checkpoint instead"
        )
    if seed is None:
        return network, None
    if not network.is_sized:
        raise OptionError(
            f"--data must be given with --seed for {file}, which leaves sizes to the data; add the "
            "name of a data set"
        )
    announce_compilation()
    run = Simulation(network, seed=seed)
    return run.network, run
