"""`neurochannel draw`: pictures of a network, its weights, and what observers have measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import click

from neurochannel.cli.networks import read_network, set_option
from neurochannel.cli.part_options import around_option, check_part, depth_option
from neurochannel.cli.report import print_json
from neurochannel.cli.values import one_of, real
from neurochannel.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neurochannel.plot.drawing import Level


CHECKPOINTS = (".h5", ".hdf5")
WHAT = ("network", "matrices", "alignment", "messages")
LEVELS = ("population", "neuron", "adjacency")


class Shown(NamedTuple):
    """How much of a network is drawn, by the names of `neurochannel.plot.network`."""

    level: Level | None
    around: str | None
    depth: int | None


@click.command()
@click.argument("file", metavar="FILE|CHECKPOINT", required=False)
@set_option
@click.option(
    "--device", metavar="NAME", help="Draw how a device of 'neurochannel presets' responds."
)
@click.option("-o", "--out", required=True, metavar="FILE", help="Figure: .png, .svg or .pdf.")
@click.option(
    "--what",
    metavar="|".join(WHAT),
    default="network",
    show_default=True,
    callback=one_of(*WHAT),
    help="What to draw; alignment and messages need a checkpoint.",
)
@click.option(
    "--level",
    metavar="|".join(LEVELS),
    callback=one_of(*LEVELS),
    help="Blocks, single neurons or a matrix.  [default: by how many there are]",
)
@around_option
@depth_option
@click.option(
    "--width",
    metavar="INCHES",
    default="3.5",
    show_default=True,
    callback=real(zero=False),
    help="Width of the figure; 7 is two columns of a journal.",
)
@click.option(
    "--data",
    "given",
    metavar="NAME|PATH",
    help="Data set for sizes that FILE leaves out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def draw(
    file: str | None,
    settings: tuple[str, ...],
    device: str | None,
    out: str,
    what: str,
    level: str | None,
    around: str | None,
    depth: int | None,
    width: float,
    given: str | None,
    as_json: bool,
) -> None:
    """Draw the network in FILE, or that of a checkpoint with lines as wide as its weights.

    FILE may be a name of 'neurochannel new --list', or - for TOML on standard input. Forward edges
    go one way, the learning channel the other; dashes show where its weights come from.
    """
    from neurochannel.plot import save
    from neurochannel.plot.figure_files import check_figure_path

    check_figure_path(out)
    check_part(around, depth)
    if around is not None and (what != "network" or device is not None):
        raise OptionError("--around must be left out but with --what network, which has parts")
    part = Shown(_level(level), around, depth)
    if device is not None:
        figure, name = _of_device(device, file, settings, what, level, width, given), device
        what = "device"
    elif file is None:
        raise click.UsageError("Missing argument 'FILE|CHECKPOINT'.")
    else:
        figure, name = _of_file(file, settings, what, part, width, given)
    save(figure, out)
    if as_json:
        inches = [round(float(inch), 3) for inch in figure.get_size_inches()]
        print_json({"figure": out, "what": what, "network": name, "inches": inches})
    else:
        click.echo(f"figure {out}")


def _of_device(
    device: str,
    file: str | None,
    settings: tuple[str, ...],
    what: str,
    level: str | None,
    width: float,
    given: str | None,
) -> Figure:
    """Draw how a device responds to pulses."""
    from neurochannel import plot
    from neurochannel.errors import NetworkError

    others = {"FILE": file, "--set": settings, "--level": level, "--data": given}
    others["--what"] = what if what != "network" else None
    for name, value in others.items():
        if value:
            raise OptionError(f"{name} must be left out with --device, which has no network")
    try:
        return plot.response(device, width=width)
    except NetworkError as error:
        raise OptionError(f"--device: {error.problems[0]}") from None


def _of_file(
    file: str,
    settings: tuple[str, ...],
    what: str,
    part: Shown,
    width: float,
    given: str | None,
) -> tuple[Figure, str]:
    """Draw what a file describes or holds."""
    if part.level is not None and what != "network":
        raise OptionError(f"--level must be left out with --what {what}; it is for networks")
    is_run = Path(file).suffix.lower() in CHECKPOINTS
    if is_run:
        if settings:
            raise OptionError("--set must be left out with a checkpoint, whose network is fixed")
        return _of_run(file, what, part, width, given)
    return _of_network(file, settings, what, part, width, given)


def _of_network(
    file: str,
    settings: tuple[str, ...],
    what: str,
    part: Shown,
    width: float,
    given: str | None,
) -> tuple[Figure, str]:
    """Draw what a network file describes."""
    from neurochannel import data, plot
    from neurochannel.engine.gate import sized_for

    if what in ("alignment", "messages"):
        raise OptionError(
            f"--what {what} must have a checkpoint to draw, got {file}; train with --observe and "
            "--out, and name the checkpoint"
        )
    network = read_network(file, settings)
    if given is not None:
        examples = data.load(given)
        network = sized_for(network, examples)
    by_size = what == "matrices" or part.level in ("neuron", "adjacency")
    if by_size and not network.is_sized:
        raise OptionError(
            f"--data must be given to draw {part.level or what} of {file}, which leaves sizes to "
            "the data; add the name of a data set"
        )
    if what == "matrices":
        return plot.matrices(network, width=width), network.name
    return plot.network(network, width=width, **part._asdict()), network.name


def _of_run(
    file: str, what: str, part: Shown, width: float, given: str | None
) -> tuple[Figure, str]:
    """Draw what a checkpoint holds."""
    from neurochannel import plot
    from neurochannel.storage import load, peek

    if given is not None:
        raise OptionError("--data must be left out with a checkpoint, whose sizes are known")
    summary = peek(file)
    if what == "alignment":
        return plot.alignment(file), summary.name
    if what == "messages":
        return plot.messages(file, width=width), summary.name
    # A rate that is a function is not in the file, and nothing is trained here.
    rate = 1.0 if isinstance(summary.options["rate"], str) else None
    run = load(file, rate=rate, without_data=True)
    if what == "matrices":
        return plot.matrices(run, width=width), summary.name
    return plot.network(run.network, run=run, width=width, **part._asdict()), summary.name


def _level(level: str | None) -> Level | None:
    return cast("Level | None", level)
