"""`neurochannel report`: a page about a network, runs or a study that opens from disk."""

from __future__ import annotations

import click

from neurochannel.cli.networks import STDIN, read_network
from neurochannel.cli.report import announce_compilation, print_json
from neurochannel.cli.values import check_new


@click.command()
@click.argument("what", metavar="WHAT...", nargs=-1, required=True)
@click.option("-o", "--out", required=True, metavar="FILE", help="The page to write: .html.")
@click.option(
    "--data",
    "given",
    metavar="NAME|PATH",
    help="Data set for sizes that a network leaves out, or of a run that names none.",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def report(what: tuple[str, ...], out: str, given: str | None, force: bool, as_json: bool) -> None:
    """Write a page about WHAT: one HTML file that opens from disk and loads nothing.

    WHAT is a network: a file, a name of 'neurochannel new --list', or - for TOML on standard input;
    one or several checkpoints, of which those that differ in their seeds only are drawn together;
    or the folder of a study.
    """
    from neurochannel.reports.page.reporting import check_page_path, report

    check_new("--out", out, force)
    check_page_path(out, overwrite=True, option="--out")
    announce_compilation(quiet=as_json)
    named = read_network(STDIN) if what == (STDIN,) else list(what)
    path = report(named, out, data=given, overwrite=force)
    if as_json:
        print_json({"page": str(path), "bytes": path.stat().st_size})
    else:
        click.echo(f"page {path}")
