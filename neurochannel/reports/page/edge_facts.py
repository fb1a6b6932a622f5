"""What a page says of each edge that a reader points at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from neurochannel.model.bundles import Bundle
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.observe.ledger import Ledger
from neurochannel.observe.ledger.costs import BundleCost
from neurochannel.observe.locality import Locality
from neurochannel.plot.layout.scene import Pictured
from neurochannel.reports.ledgers import number
from neurochannel.reports.network_summary import limits_of, weights_of, wiring_of

EdgeFacts = dict[str, list[tuple[str, str]]]
"""What is said and its value, by "forward: a -> b" or "channel: a -> b"."""


def edge_facts(
    network: Pictured,
    ledger: Ledger | None = None,
    locality: tuple[Locality, ...] = (),
    rms: Mapping[str, float] | None = None,
) -> EdgeFacts:
    """Return what is known of each bundle, in lines of a title and a text.

    Parameters
    ----------
    ledger, locality
        Of the network; wires, bits and locality are left out without them.
    rms
        Root mean square of the weights by the keys of what is returned, of a run.
    """
    costs = {f"{row.kind}: {row.bundle}": row for row in ledger.bundles} if ledger else {}
    places = {f"{row.kind}: {row.bundle}": row for row in locality}
    bundles: dict[str, Bundle[ForwardEdges] | Bundle[ChannelEdges]] = {
        f"forward: {bundle.name}": bundle for bundle in network.forward_bundles
    }
    bundles |= {f"channel: {bundle.name}": bundle for bundle in network.channel_bundles}
    return {
        key: [
            ("weights", weights_of(bundle.edges)),
            ("wiring", wiring_of(network, bundle)),
            ("limits", limits_of(bundle.edges) or "none"),
            *(_costs(costs[key]) if key in costs else ()),
            *(_place(places[key]) if key in places else ()),
            *((("rms weight", f"{rms[key]:.3g}"),) if rms and key in rms else ()),
        ]
        for key, bundle in bundles.items()
    }


def _costs(row: BundleCost) -> Iterator[tuple[str, str]]:
    yield "wires", number(row.wires)
    if row.shared:
        yield "shared weights", number(row.parameters)
    if row.kind == "channel":
        each = f"{number(row.messages)} messages of {number(row.message_bits)} bits"
        yield "bits sent an example", f"{number(row.bits_sent)} ({each})"
        copied = f"yes, {number(row.transported)} wires" if row.transported else "no"
        yield "copied from forward weights", copied


def _place(row: Locality) -> Iterator[tuple[str, str]]:
    note = f": {row.note}" if row.note else ""
    yield "local", ("yes" if row.local else "NO") + note
