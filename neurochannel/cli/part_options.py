"""The options that choose a part of a network: --around and --depth."""

from __future__ import annotations

import click

from neurochannel.cli.values import whole
from neurochannel.errors import OptionError

around_option = click.option(
    "--around",
    metavar="NAME",
    help="Only what lies near a population or neuron, by edges of both kinds.",
)
depth_option = click.option(
    "--depth",
    metavar="N",
    callback=whole(1, 2**31 - 1),
    help="Edges from --around.  [default: 1]",
)


def check_part(around: str | None, depth: int | None) -> None:
    """Refuse a depth around nothing."""
    if depth is not None and around is None:
        raise OptionError(f"--depth must come with --around, got {depth}; name what it is around")
