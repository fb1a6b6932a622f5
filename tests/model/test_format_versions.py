"""Formats of network files: what a table of bits without a quantizer meant in each of them."""

from __future__ import annotations

import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.model.limits import Message, Update
from neurochannel.model.network import Network

FILE = """\
[populations]
input  = { size = 3 }
bits   = { size = 4, bias = { update = { bits = 4, scale = 0.1 } } }
output = { size = 2 }

[defaults.channel]
message = { bits = 3 }

[[forward]]
path = "input -> bits -> output"
update = { bits = 5, scale = 0.1, quantizer = "uniform" }

[[channel]]
path = "error -> bits"
"""


def quantizers(network: Network) -> list[str]:
    message, bias = network.channel[0].message, network.populations["bits"].bias_rule
    limits = [message, bias.update, network.forward[0].update]
    return [one.quantizer for one in limits]


@pytest.mark.parametrize("version", [1, 2])
def test_bits_without_a_quantizer_were_of_octaves(version, caplog):
    network = Network.from_text(f"format = {version}\n{FILE}")
    assert quantizers(network) == ["octaves", "octaves", "uniform"]
    assert Network.from_text(network.to_toml()) == network
    assert not caplog.records


def test_log_in_an_old_file_is_octaves():
    text = FILE.replace("bits = 3", 'bits = 3, quantizer = "log"')
    assert quantizers(Network.from_text(f"format = 2\n{text}"))[0] == "octaves"


def test_bits_without_a_quantizer_are_of_powers_now(caplog):
    network = Network.from_text(f"format = 3\n{FILE}")
    assert quantizers(network) == ["powers", "powers", "uniform"]
    assert network.to_toml().startswith("format = 3\n")
    assert not caplog.records


def test_a_file_that_names_no_format_says_what_changed_in_one_line(caplog, tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(FILE)
    assert quantizers(Network.from_toml(path)) == ["powers", "powers", "uniform"]
    (record,) = caplog.records
    assert record.message == (
        f"{path}: populations.bits.bias.update and 1 more names no quantizer, which meant "
        "'octaves' before 0.3 and means 'powers' now; write the one that you want, or "
        "add format = 3"
    )


@pytest.mark.parametrize("limits", ["{ bits = 2 }", "{ bits = 3, quantizer = 'powers' }", "{}"])
def test_what_means_the_same_as_ever_needs_no_line(limits, caplog):
    Network.from_text(FILE.replace("{ bits = 3 }", limits).replace("bits = 4,", "bits = 2,"))
    assert not caplog.records


@pytest.mark.parametrize("version", ["0", "4", "'3'", "true", "3.0"])
def test_other_formats_are_refused(version):
    with pytest.raises(NetworkError, match=r"^format must be .*, got .*; "):
        Network.from_text(f"format = {version}\n{FILE}")


@pytest.mark.parametrize("kind", [Message, Update])
def test_the_word_log_is_refused_with_both_that_there_are_now(kind):
    with pytest.raises(NetworkError) as caught:
        kind(bits=3, scale=0.1, quantizer="log")
    (sentence,) = caught.value.problems
    assert sentence.startswith("quantizer must") and "\n" not in sentence
    assert "'log'" in sentence and "'octaves'" in sentence and "'powers'" in sentence


@pytest.mark.parametrize(("one", "other", "same"), [(1, 1, True), (2, 2, True), (3, 3, False)])
def test_powers_and_octaves_part_at_three_bits(one, other, same):
    network = nc.mlp(4, 5, 3)
    runs = [
        nc.Simulation(network.with_channel(nc.srbp(bits=bits, quantizer=quantizer)), seed=1)
        for bits, quantizer in ((one, "powers"), (other, "octaves"))
    ]
    for run in runs:
        run.step([[1.0, 0.5, -0.2, 0.1]], [1])
    first, second = (run.weights["input -> hidden1"] for run in runs)
    assert (first == second).all() == same


@pytest.mark.parametrize("told", ["", "format = 2"])
def test_bits_of_devices_and_neurons_never_had_a_quantizer(told, caplog):
    network = Network.from_text(
        f"""
        {told}
        [populations]
        input = {{ size = 3 }}
        hidden = {{ size = 4, neuron = {{ range = 1.0, bits = 5 }} }}
        output = {{ size = 2 }}
        [[forward]]
        path = "input -> hidden -> output"
        synapse = {{ range = 1.0, bits = 4 }}
        """
    )
    assert not caplog.records
    assert network.forward[0].synapse.bits == 4
