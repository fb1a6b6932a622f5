"""Public names that are gone, and what to write instead; docs/migrating.md lists them as well."""

from __future__ import annotations

RENAMED = {
    "Network.from_file": "nc.read(path)",
    "Network.to_file": "nc.write(network, path)",
    "Network.from_networkx": "nc.from_networkx(graph)",
    "Network.to_networkx": "nc.to_networkx(network)",
    "Network.from_arrays": "nc.from_arrays(forward, channel)",
    "Study.plan": "nc.points(study)",
    "Study.rows": "nc.outcomes(folder), a pandas frame",
    "Study.run": "nc.run_study(study, folder)",
    "neurochannel.Table": "nc.outcomes(folder), a pandas frame",
}


def why_gone(owner: str, name: str) -> str | None:
    """Return the sentence that tells the new name of a public one; None if it is none of these."""
    old = f"{owner}.{name}"
    return f"{old} is gone; use {RENAMED[old]}" if old in RENAMED else None
