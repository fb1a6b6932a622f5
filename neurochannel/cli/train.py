"""`neurochannel train`: a topology file or a checkpoint becomes a trained network."""

from __future__ import annotations

from typing import Any

import click

from neurochannel.cli.networks import set_option
from neurochannel.cli.values import one_of, real, whole

LARGEST_SEED = 2**64 - 1


@click.command()
@click.argument("file", required=False)
@click.option("--resume", metavar="CHECKPOINT", help="Resume from a checkpoint instead of FILE.")
@set_option
@click.option("--data", metavar="NAME|PATH", help="Data set or .npz/.h5 file.  [default: digits]")
@click.option(
    "--epochs",
    callback=whole(1, 10**9),
    metavar="N",
    help="Epochs; with --resume: up to epoch N in all.  [default: 10]",
)
@click.option(
    "--batch-size",
    callback=whole(1, 2**31),
    metavar="N",
    help="Examples per update.  [default: 100]",
)
@click.option(
    "--rate", callback=real(zero=False), metavar="X", help="Learning rate.  [default: 0.1]"
)
@click.option(
    "--decay",
    callback=real(zero=True),
    metavar="X",
    help="Decay: the rate at update u is rate / (1 + X u).  [default: 0]",
)
@click.option(
    "--seed",
    callback=whole(0, LARGEST_SEED),
    metavar="N",
    help="Seed of all random draws.  [default: 0]",
)
@click.option(
    "--chip-seed",
    callback=whole(0, LARGEST_SEED),
    metavar="N",
    help="Seed of how the devices of the chip differ.  [default: what FILE says, or --seed]",
)
@click.option(
    "--dtype", callback=one_of("float32", "float64"), help="Precision.  [default: float32]"
)
@click.option(
    "--threads",
    callback=whole(1, 1024),
    metavar="N",
    help="Threads that may share a batch.  [default: 1]",
)
@click.option("--out", metavar="FILE.h5", help="Checkpoint to write at the end and at Ctrl-C.")
@click.option("--force", is_flag=True, help="Let --out replace an existing file.")
@click.option(
    "--checkpoint-every",
    callback=whole(1, 10**9),
    metavar="N",
    help="Also save after every N epochs.",
)
@click.option(
    "--observe",
    metavar="WHAT",
    help="Measure while learning: all, or some of alignment, symmetry, signals, saturation, "
    "messages, distance, pulses, joined by commas.",
)
@click.option(
    "--observe-every",
    callback=whole(1, 10**9),
    metavar="N",
    help="Epochs between observations.  [default: epochs 0, 1, 3, 10 and every 20th]",
)
@click.option("--plot", metavar="FILE", help="Draw the learning curves: .png, .svg or .pdf.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.option("--quiet", is_flag=True, help="No progress bar, messages or table.")
def train(**given: Any) -> None:
    """Train a network, or resume from a checkpoint.

    FILE is a topology (.toml, .json, .graphml, .npz), a name of 'neurochannel new --list', or - for
    TOML on standard input. A run resumes bit for bit as if it had not been interrupted, with the
    options that its checkpoint holds; --resume writes back to its own file unless --out names
    another.
    """
    from neurochannel.cli.request import Request
    from neurochannel.cli.training import carry_out

    carry_out(Request(**given))
