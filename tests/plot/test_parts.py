"""Parts of networks: what is drawn around a population or a neuron."""

from __future__ import annotations

import pytest

import neurochannel as nc
from neurochannel.errors import OptionError
from neurochannel.model.neighborhood import part_of, populations_near


def chain() -> nc.Network:
    """Return six populations in a row, whose channel goes back step by step."""
    sizes = {name: nc.Population(size=3) for name in ("a", "b", "c", "d", "e", "f")}
    return nc.Network(
        name="chain",
        populations=sizes,
        forward=[nc.ForwardEdges(path="a -> b -> c -> d -> e -> f")],
    )


def circles(figure) -> dict[str, int]:
    """Return how many neurons of each population are drawn."""
    return {
        artist.get_gid().removeprefix("block "): len(artist.get_offsets())
        for artist in figure.axes[0].collections
        if (artist.get_gid() or "").startswith("block ")
    }


NEAR = [
    ("bp", "c", 1, "bcd"),
    ("bp", "a", 2, "abc"),
    ("bp", "f", 1, "ef"),
    ("bp", "c", 9, "abcdef"),
    ("srbp", "c", 1, "bcdf"),
    ("srbp", "a", 1, "ab"),
    ("srbp", "a", 2, "abcf"),
    ("srbp", "f", 1, "ef"),
]


@pytest.mark.parametrize(("channel", "center", "depth", "names"), NEAR)
def test_a_part_holds_what_lies_within_some_edges(channel, center, depth, names) -> None:
    network = chain().with_channel(getattr(nc, channel)())
    near = populations_near(network, center, depth)
    assert near == set(names)
    part = part_of(network, near)
    assert set(part.populations) == near
    figure = nc.plot.network(network, around=center, depth=depth, level="neuron")
    assert set(circles(figure)) - {"error"} == near
    bundles = [*part.forward_bundles, *part.channel_bundles]
    whole = [*network.forward_bundles, *network.channel_bundles]
    inside = near | ({"error"} if "f" in near else set())
    assert [b.name for b in bundles] == [b.name for b in whole if inside.issuperset(b.ends)]


def test_the_network_stays_as_it_was() -> None:
    network = chain().with_channel(nc.bp())
    before = network.to_toml()
    nc.plot.network(network, around="c")
    assert network == chain().with_channel(nc.bp())
    assert network.to_toml() == before
    assert set(network.populations) == set("abcdef")
    assert len(network.forward_bundles) == 5


def test_single_neurons_are_drawn_around_a_neuron() -> None:
    edges = [(0, 3), (1, 3), (1, 4), (2, 4), (3, 5), (4, 6), (0, 7), (7, 6)]
    network = nc.from_arrays(edges)
    names = {
        int(neuron): name
        for name, population in network.populations.items()
        for neuron in population.neurons
    }
    assert set(names) == set(range(8))
    figure = nc.plot.network(network, around=3, depth=1)
    expected = dict.fromkeys(network.populations, 0)
    for neuron in (0, 1, 3, 5):
        expected[names[neuron]] += 1
    assert circles(figure) == {name: n for name, n in expected.items() if n}
    further = nc.plot.network(network, around="3", depth=2)
    assert sum(circles(further).values()) == len({0, 1, 3, 5, 4, 7})


@pytest.mark.parametrize("level", [None, "population", "neuron", "adjacency"])
def test_every_part_of_every_kind_of_network_can_be_drawn(level) -> None:
    """The ends may be missing, relays may have nothing to serve."""
    files = [nc.read(name).sized(4, 3) for name in ("relay", "mixed", "twin")]
    for network in (chain().with_channel(nc.srbp()), *files):
        for name in network.populations:
            nc.plot.network(network, around=name, level=level)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"around": "cc"}, "around must be a population or a neuron of 'chain', got 'cc'; did you"),
        ({"around": "xyz"}, "got 'xyz'; look into .populations"),
        ({"around": "c", "depth": 0}, "depth must be a whole number of edges, at least 1, got 0"),
        ({"around": "c", "depth": 1.5}, "at least 1, got 1.5"),
        ({"depth": 2}, "depth must come with around, got 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(options, sentence) -> None:
    with pytest.raises(OptionError) as refused:
        nc.plot.network(chain(), **options)
    assert sentence in str(refused.value)
