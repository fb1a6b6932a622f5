"""`neurochannel presets`: lists the devices that synapses may name, and shows one of them."""

from __future__ import annotations

from typing import Any

import click

from neurochannel.cli.report import print_json, print_table
from neurochannel.errors import OptionError


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list, or an object for NAME.")
def presets(name: str | None, as_json: bool) -> None:
    """List the devices from the literature that a synapse may name, or show the one called NAME."""
    from neurochannel.model.device_presets import PRESETS
    from neurochannel.model.problems import did_you_mean, listed

    if name is None:
        if as_json:
            print_json([_as_json(known) for known in PRESETS])
            return
        rows = [(known, p.title, p.source.split(";")[0]) for known, p in PRESETS.items()]
        print_table(("name", "what", "source"), rows)
        return
    if name not in PRESETS:
        near = did_you_mean(name, PRESETS) or f"there are {listed(PRESETS)}"
        raise OptionError(f"NAME must be the name of a preset, got '{name}'; {near}")
    if as_json:
        print_json(_as_json(name))
        return
    preset = PRESETS[name]
    click.echo(f"{name}: {preset.title}\n{preset.source}\n")
    print_table(("key", "value"), [(key, _shown(value)) for key, value in preset.fields.items()])


def _as_json(name: str) -> dict[str, Any]:
    from neurochannel.model.device_presets import PRESETS

    preset = PRESETS[name]
    fields = {k: list(v) if isinstance(v, tuple) else v for k, v in preset.fields.items()}
    return {"name": name, "title": preset.title, "source": preset.source, "synapse": fields}


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else f'"{value}"'
