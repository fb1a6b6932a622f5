"""`neurochannel new`: a topology file to start from."""

from __future__ import annotations

import os
from pathlib import Path

import click

from neurochannel.cli.report import print_json, print_table
from neurochannel.errors import OptionError


@click.command()
@click.argument("name", required=False)
@click.option("-o", "--out", metavar="FILE", help="File to write.  [default: NAME.toml]")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--list", "as_list", is_flag=True, help="List all topologies.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def new(name: str | None, out: str | None, force: bool, as_list: bool, as_json: bool) -> None:
    """Write a topology that comes with neurochannel to a file, for you to edit.

    A few are graphs of single neurons (.json, .graphml); all others are TOML.
    """
    from neurochannel.atomic import write_new
    from neurochannel.model import gallery

    if as_list:
        _list(name, out, as_json)
        return
    if name is None:
        raise OptionError("new must have a NAME such as srbp; see 'neurochannel new --list'")
    topology = gallery.named(name)
    suffix = topology.path.suffix
    target = out or f"{name}{suffix}"
    if Path(target).suffix.lower() != suffix:
        raise OptionError(f"--out must end in {suffix}, the format of {name}, got '{target}'")
    if os.path.lexists(target) and not force:
        raise OptionError(f"{target} exists; name another file with -o, or add --force")
    write_new(target, topology.text(), OptionError, overwrite=force)
    if as_json:
        print_json({"name": name, "file": target})
    else:
        click.echo(f"topology {target}")


def _list(name: str | None, out: str | None, as_json: bool) -> None:
    from neurochannel.model import gallery

    if name is not None or out is not None:
        raise OptionError("--list must stand alone; leave out the name and -o")
    known = gallery.shipped().values()
    if as_json:
        print_json([{"name": topology.name, "about": topology.about} for topology in known])
    else:
        print_table(("name", "what"), [(topology.name, topology.about) for topology in known])
