"""`neurochannel theory`: networks that can be solved, where they end and how training compares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from neurochannel.cli.values import Command, each, number, numbers, one_of, real, table, whole

CHANNELS = ("bp", "rbp", "srbp", "arbp", "asrbp")
SHOWN = ("phase", "basins", "conserved", "error", "order")
MOST_NEURONS = 1000


@click.group(invoke_without_command=True)
@click.pass_context
def theory(ctx: click.Context) -> None:
    """Solve networks whose learning can be solved, and hold training against it.

    Each command prints where the flow ends that training approaches as the rate goes to 0, what it
    conserves, its fixed points, and with --rate how far training on the engine is from it.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def channel_option(default: str) -> Callable[[Command], Command]:
    """Return the option that names the channel."""
    return click.option(
        "--channel",
        metavar="|".join(CHANNELS),
        default=default,
        show_default=True,
        callback=one_of(*CHANNELS),
        help="The learning channel.",
    )


chain_weights = click.option(
    "--c",
    metavar="X,...",
    callback=numbers,
    help="The L - 1 channel weights of rbp and srbp, from below.  [default: 1 each]",
)


def flow_options(command: Command) -> Command:
    """Add what all kinds of systems have in common."""
    options = (
        click.option(
            "--start",
            "given",
            multiple=True,
            metavar="X,...",
            callback=each(numbers),
            help="Weights at the start, A1 row by row, then A2, ...; may be repeated.",
        ),
        click.option(
            "--starts",
            "n_starts",
            metavar="N",
            callback=whole(1, 10**6),
            help="Instead N random starts, which are counted.  [default: 1]",
        ),
        click.option(
            "--scale",
            metavar="X",
            default="1",
            show_default=True,
            callback=real(zero=False),
            help="Standard deviation of random starts.",
        ),
        click.option(
            "--seed",
            metavar="N",
            default="0",
            show_default=True,
            callback=whole(0, 2**63),
            help="Seed of all that is drawn.",
        ),
        click.option(
            "--rate",
            "rates",
            multiple=True,
            metavar="X",
            callback=each(real(zero=False)),
            help="Also train on the engine at this rate; may be repeated.",
        ),
        click.option(
            "--until",
            metavar="T",
            default="10",
            show_default=True,
            callback=real(zero=False),
            help="Time, the sum of all rates, to which training and figures go.",
        ),
        click.option("-o", "--out", metavar="FILE", help="Figure: .png, .svg or .pdf."),
        click.option(
            "--show",
            metavar="|".join(SHOWN),
            callback=one_of(*SHOWN),
            help="What the figure shows.  [default: phase for two weights, else error]",
        ),
        click.option(
            "--extent",
            metavar="X",
            default="2.5",
            show_default=True,
            callback=real(zero=False),
            help="Largest weight in phase and basins.",
        ),
        click.option(
            "--json", "as_json", is_flag=True, help="Print the result as one JSON object."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@theory.command()
@click.option(
    "--length", metavar="L", callback=whole(1, 100), help="Number of weights.  [default: 2]"
)
@chain_weights
@channel_option("srbp")
@click.option(
    "--alpha", metavar="X", default="1", show_default=True, callback=number, help="mean(T I)"
)
@click.option(
    "--beta", metavar="X", default="1", show_default=True, callback=number, help="mean(I^2)"
)
@flow_options
def chain(
    length: int | None,
    c: tuple[float, ...] | None,
    channel: Any,
    alpha: float,
    beta: float,
    **common: Any,
) -> None:
    """Solve the linear chain A[1, ..., 1] of L weights."""
    from neurochannel.cli.solutions import FlowRequest, show_flow
    from neurochannel.cli.systems import channel_weights
    from neurochannel.theory import chain as chain_of

    form = chain_of(channel_weights(length, c, channel), alpha, beta, channel=channel)
    show_flow(form, FlowRequest(**common))


@theory.command()
@click.option(
    "--sizes", metavar="N,...", required=True, callback=numbers, help="Sizes from input to output."
)
@click.option(
    "--c",
    multiple=True,
    metavar="X,..;X,..",
    callback=each(table),
    help="A matrix of rbp or srbp from the lowest up, row by row.  [default: drawn]",
)
@channel_option("rbp")
@click.option(
    "--s-ii",
    metavar="X,..;X,..",
    callback=table,
    help="mean(I I^T), row by row; one row is its diagonal.  [default: the identity]",
)
@click.option(
    "--s-ti", metavar="X,..;X,..", callback=table, help="mean(T I^T), row by row.  [default: drawn]"
)
@flow_options
def linear(
    sizes: tuple[float, ...], c: Any, channel: Any, s_ii: Any, s_ti: Any, **common: Any
) -> None:
    """Solve a linear network of any sizes.

    Matrices are written row by row: 1,0;0,2 has the rows 1,0 and 0,2.
    """
    from neurochannel.cli.solutions import FlowRequest, show_flow
    from neurochannel.cli.systems import linear_network

    form = linear_network(sizes, c, channel, s_ii, s_ti, common["seed"])
    show_flow(form, FlowRequest(**common))


@theory.command()
@click.option("--inputs", metavar="N", required=True, callback=whole(1, MOST_NEURONS), help="N.")
@click.option("--hidden", metavar="H", required=True, callback=whole(1, MOST_NEURONS), help="H.")
@click.option(
    "--c",
    metavar="X,..;X,..",
    callback=table,
    help="The matrix of rbp or srbp, (H, N), row by row.  [default: drawn]",
)
@channel_option("rbp")
@click.option(
    "--s-ii",
    metavar="X,..;X,..",
    callback=table,
    help="mean(I I^T), row by row; one row is its diagonal.  [default: the identity]",
)
@flow_options
def autoencoder(inputs: int, hidden: int, c: Any, channel: Any, s_ii: Any, **common: Any) -> None:
    """Solve the linear autoencoder A[N, H, N], whose targets are its inputs."""
    from neurochannel.cli.solutions import FlowRequest, show_flow
    from neurochannel.cli.systems import linear_autoencoder

    form = linear_autoencoder(inputs, hidden, c, channel, s_ii, common["seed"])
    show_flow(form, FlowRequest(**common))


@theory.command()
@click.option(
    "--x", metavar="X,...", required=True, callback=numbers, help="Inputs of the examples."
)
@click.option("--t", metavar="X,...", required=True, callback=numbers, help="Their targets.")
@click.option(
    "--activation",
    metavar="NAME",
    default="tanh",
    show_default=True,
    help="Of hidden neurons: tanh, logistic, linear, or power(MU) with MU above 0.",
)
@click.option(
    "--length", metavar="L", callback=whole(2, 100), help="Number of weights.  [default: 2]"
)
@chain_weights
@channel_option("rbp")
@click.option("--no-derivative", is_flag=True, help="Leave f' out of the rule.")
@flow_options
def nonlinear(
    x: Any,
    t: Any,
    activation: str,
    length: int | None,
    c: Any,
    channel: Any,
    no_derivative: bool,
    **common: Any,
) -> None:
    """Solve a chain of non-linear neurons with a linear output, over examples (x, t)."""
    from neurochannel.cli.solutions import FlowRequest, show_flow
    from neurochannel.cli.systems import channel_weights
    from neurochannel.theory import Nonlinear

    own = channel_weights(length, c, channel)
    show_flow(Nonlinear(x, t, activation, own, channel, not no_derivative), FlowRequest(**common))
