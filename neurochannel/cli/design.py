"""`neurochannel design`: design, check and train a channel in the browser."""

from __future__ import annotations

import click

from neurochannel.cli.report import print_json
from neurochannel.cli.values import whole


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option(
    "--data",
    "given",
    metavar="NAME|PATH",
    default="digits",
    show_default=True,
    help="Data set for sizes that FILE leaves out, and to train on.",
)
@click.option(
    "--port",
    metavar="N",
    default="0",
    callback=whole(0, 65535),
    help="Port on 127.0.0.1.  [default: any free one]",
)
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@click.option("--json", "as_json", is_flag=True, help="Print the address as one JSON object.")
def design(file: str | None, given: str, port: int, no_browser: bool, as_json: bool) -> None:
    """Design a network and its channel in the browser: text, drawing, checks and training.

    FILE is a topology, a graph, or a name of 'neurochannel new --list'. The page is served on
    127.0.0.1 only, at an address with a random token, and reads and writes files in the folder of
    FILE, or the current one. It needs neurochannel[lab]. Ctrl-C ends it.
    """
    from neurochannel.lab.serving import serve_designer

    def ready(address: str) -> None:
        if as_json:
            print_json({"address": address})
        else:
            click.echo(f"designer at {address}\nIt runs until Ctrl-C; save before that.")
        if not no_browser:
            click.launch(address)

    serve_designer(file, given, port, ready)
