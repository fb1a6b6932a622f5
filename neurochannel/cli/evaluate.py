"""`neurochannel evaluate`: scores the network in a checkpoint."""

from __future__ import annotations

import click

from neurochannel.cli.report import (
    Result,
    announce_compilation,
    epochs_of,
    print_json,
    print_scores,
)


@click.command()
@click.argument("checkpoint")
@click.option(
    "--data",
    "given",
    metavar="NAME|PATH",
    help="Data set or .npz/.h5 file.  [default: that of the run]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def evaluate(checkpoint: str, given: str | None, as_json: bool) -> None:
    """Score the network in a checkpoint."""
    from neurochannel.cli.origin import data_for
    from neurochannel.storage import load, peek

    summary = peek(checkpoint)
    data = data_for(checkpoint, summary, given)
    announce_compilation()
    rate = 1.0 if isinstance(summary.options["rate"], str) else None
    run = load(checkpoint, data, rate, other_data=True)
    result: Result = {"network": run.network.name, "data": data.name, "epochs": run.epoch}
    for split, examples in (("test", data.test), ("train", data.train)):
        loss, accuracy = run.evaluate(examples) if examples else (float("nan"), float("nan"))
        result |= {f"{split}_accuracy": accuracy, f"{split}_loss": loss}
    if as_json:
        print_json(result | {"checkpoint": checkpoint})
    else:
        click.echo(f"{result['network']} after {epochs_of(result)}, on {result['data']}")
        print_scores(result)
