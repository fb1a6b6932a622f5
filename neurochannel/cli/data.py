"""`neurochannel data`: lists data sets and downloads them."""

from __future__ import annotations

import click

from neurochannel.cli.report import print_json, print_table


@click.group(invoke_without_command=True)
@click.pass_context
def data(ctx: click.Context) -> None:
    """List data sets and fetch them."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@data.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def list_data(as_json: bool) -> None:
    """List the known data sets and where they are."""
    from neurochannel.data import catalog

    entries = catalog()
    if as_json:
        print_json(
            [entry._asdict() | {"found": entry.found and str(entry.found)} for entry in entries]
        )
        return
    rows = [
        (name, f"{n:,}", description, str(found or "not here: neurochannel data fetch " + name))
        for name, description, n, found in entries
    ]
    print_table(("name", "examples", "what", "where"), rows, numbers=(1,))


@data.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def fetch(name: str, as_json: bool) -> None:
    """Fetch a data set into the cache folder.

    Its checksums are verified; NAME is one of those that `neurochannel data list` prints.
    """
    from neurochannel.data import fetch as fetch_data

    found = fetch_data(name, progress=True)
    if as_json:
        print_json({"name": name, "found": str(found)})
    else:
        click.echo(f"{name} lies in {found}")
