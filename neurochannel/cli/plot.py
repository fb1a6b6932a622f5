"""`neurochannel plot`: learning curves from checkpoints."""

from __future__ import annotations

import click

from neurochannel.cli.report import print_json


@click.command()
@click.argument("checkpoints", nargs=-1, required=True, metavar="CHECKPOINT...")
@click.option("-o", "--out", required=True, metavar="FILE", help="Figure: .png, .svg or .pdf.")
@click.option(
    "--quantity",
    "quantities",
    multiple=True,
    metavar="NAME",
    help="What to draw, such as test_error; may be repeated.  [default: loss and accuracy]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def plot(
    checkpoints: tuple[str, ...], out: str, quantities: tuple[str, ...], as_json: bool
) -> None:
    """Draw the learning curves of one or several checkpoints.

    Curves are named after the files.
    """
    from neurochannel.plot import learning_curves, save
    from neurochannel.plot.figure_files import check_figure_path

    check_figure_path(out)
    save(learning_curves(checkpoints, quantities or ("loss", "accuracy")), out)
    if as_json:
        print_json({"figure": out, "runs": list(checkpoints)})
    else:
        click.echo(f"figure {out}")
