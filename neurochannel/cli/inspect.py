"""`neurochannel inspect`: mistakes, costs, locality and a self-test, before any training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from neurochannel.cli.failures import BAD_INPUT
from neurochannel.cli.networks import STDIN, STDIN_NAME, read_network, set_option
from neurochannel.cli.part_options import around_option, check_part, depth_option
from neurochannel.cli.report import announce_compilation, print_json, print_table
from neurochannel.cli.values import check_new, renamed_option, whole
from neurochannel.errors import OptionError

if TYPE_CHECKING:
    from neurochannel.data import Data
    from neurochannel.model.network import Network
    from neurochannel.reports.inspection_report import Inspection


class Found(click.ClickException):
    """The report, already printed, tells of an error."""

    exit_code = BAD_INPUT


@click.command()
@click.argument("file")
@set_option
@click.option(
    "--compare",
    metavar="CHANNELS",
    help="Also count the cost of other channels, such as  bp,rbp,srbp:fan_in=2,bits=3",
)
@click.option("--no-self-test", is_flag=True, help="Skip the self-test, the longest part.")
@click.option(
    "--full", is_flag=True, help="Print all rows and findings, also if there are more than 40."
)
@around_option
@depth_option
@click.option("--listing", is_flag=True, help="List the program of a step, kernel by kernel.")
@renamed_option("--plan", "--listing")
@click.option(
    "--data",
    "given",
    metavar="NAME|PATH",
    help="Data set for the sizes that FILE leaves out.  [default: digits]",
)
@click.option(
    "--batch-size",
    metavar="N",
    default="100",
    show_default=True,
    callback=whole(1, 2**31 - 1),
    help="Batch size of the listing.",
)
@click.option(
    "--seed",
    metavar="N",
    default="0",
    show_default=True,
    callback=whole(0, 2**64 - 1),
    help="Seed of sparse edges and initial weights.",
)
@click.option("--html", metavar="FILE", help="Also write the report as a page with a drawing.")
@click.option("--force", is_flag=True, help="Let --html replace an existing file.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def inspect(
    file: str,
    settings: tuple[str, ...],
    compare: str | None,
    no_self_test: bool,
    full: bool,
    around: str | None,
    depth: int | None,
    listing: bool,
    given: str | None,
    batch_size: int,
    seed: int,
    html: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Report mistakes in the network in FILE, what its channel costs, and whether it is local.

    FILE is a topology (.toml), a graph (.json, .graphml, .npz), a name of 'neurochannel new
    --list', or - for TOML on standard input. The self-test checks whether each channel bundle
    teaches exactly what is downstream of it, and which populations learn by the gradient.
    Everything is printed in any case; the code is 2 if there are errors, not mere warnings, or if a
    check of the self-test fails.
    """
    from neurochannel.atomic import check_writable, write_whole
    from neurochannel.model.neighborhood import located
    from neurochannel.reports.before_training import inspect as report

    check_part(around, depth)
    if around is not None and compare is not None:
        raise OptionError("--compare must be left out with --around; it compares whole networks")
    if html:
        check_new("--html", html, force)
        check_writable(html)
    network, data = _read(file, settings, given)
    if around is not None:
        located(network, around)
    announce_compilation(quiet=as_json)
    others = () if compare is None else compare
    found = report(network, data=data, compare=others, seed=seed, self_test=not no_self_test)
    shown = found if around is None else found.around(around, depth or 1)
    lines = _listing(found.network, data, batch_size, seed) if listing else []
    if html:
        write_whole(html, shown.to_html().encode())
    if as_json:
        print_json(shown.to_dict() | ({"listing": lines} if listing else {}))
    else:
        click.echo(shown.to_text(full=full))
    if lines and not as_json:
        click.echo(f"\nProgram of a step, batch size {batch_size}")
        print_table(tuple(lines[0]), [tuple(line.values()) for line in lines])
    _complain(file, found)


def _read(file: str, settings: tuple[str, ...], given: str | None) -> tuple[Network, Data | None]:
    """Return the network, and data where it was named or is needed for sizes."""
    from neurochannel import data

    network = read_network(file, settings)
    unsized = any(network.populations[end].size is None for end in (network.input, network.output))
    if given is None and not unsized:
        return network, None
    return network, data.load(given or "digits")


def _listing(
    network: Network, data: Data | None, batch_size: int, seed: int
) -> list[dict[str, Any]]:
    from neurochannel.engine.simulation import Simulation

    run = Simulation(network, data, batch_size=batch_size, seed=seed)
    return [line._asdict() for line in run.listing()]


def _complain(file: str, found: Inspection) -> None:
    n_errors, n_failures = len(found.errors), len(found.failures)
    parts = [f"{n_errors} error{'s' if n_errors > 1 else ''}"] if n_errors else []
    if n_failures:
        parts.append(f"{n_failures} failed check{'s' if n_failures > 1 else ''} of the self-test")
    if parts:
        where = STDIN_NAME if file == STDIN else file
        raise Found(f"{where} has {' and '.join(parts)}; see the report")
