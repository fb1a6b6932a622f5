"""`neurochannel inspect`: what a network is made of, and how it will run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from neurochannel.cli.report import print_json, print_table
from neurochannel.cli.values import whole

if TYPE_CHECKING:
    from neurochannel.engine.simulation import Simulation


@click.command()
@click.argument("file")
@click.option("--data", "given", metavar="NAME|PATH", default="digits", show_default=True)
@click.option(
    "--batch-size", metavar="N", default="100", show_default=True, callback=whole(1, 2**31 - 1)
)
@click.option("--plan", is_flag=True, help="List the program of a step, kernel by kernel.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def inspect(file: str, given: str, batch_size: int, plan: bool, as_json: bool) -> None:
    """Show the bundles of the network in FILE and, with --plan, the program that it becomes.

    Which kernel serves a bundle depends on the data and the batch size, so both can be given.
    """
    from neurochannel import data
    from neurochannel.engine.simulation import Simulation
    from neurochannel.model.network import Network

    run = Simulation(Network.from_toml(file), data.load(given), batch_size=batch_size)
    bundles, lines = _bundles(run), [line._asdict() for line in run.plan()]
    if as_json:
        result: dict[str, Any] = {"network": run.network.name, "bundles": bundles}
        print_json(result | ({"plan": lines} if plan else {}))
        return
    _print(bundles, numbers=(3,))
    if plan:
        click.echo()
        _print(lines)


def _bundles(run: Simulation) -> list[dict[str, Any]]:
    """Return kind, name, weights and number of edges of each bundle."""
    forward = [
        ("forward", b.name, "learning" if b.edges.learn else "frozen", len(run.edges(b.name)[0]))
        for b in run.network.forward_bundles
    ]
    channel = [
        ("channel", b.name, b.edges.weights, len(run.channel_edges(b.name)[0]))
        for b in run.network.channel_bundles
    ]
    names = ("kind", "bundle", "weights", "edges")
    return [dict(zip(names, row, strict=True)) for row in forward + channel]


def _print(rows: list[dict[str, Any]], numbers: tuple[int, ...] = ()) -> None:
    cells = [tuple(f"{v:,}" if isinstance(v, int) else v for v in row.values()) for row in rows]
    print_table(tuple(rows[0]), cells, numbers=numbers)
