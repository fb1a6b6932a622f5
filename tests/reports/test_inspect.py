"""The inspection report: everything is in it, and it can be read in a terminal."""

import json
from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.observe.ledger import ledger
from neurochannel.observe.lint import Finding, lint
from neurochannel.observe.locality import locality
from neurochannel.observe.selftest import Check
from neurochannel.reports.before_training import inspect
from neurochannel.reports.blocks import Document, Item, Items, Section, TableBlock
from neurochannel.reports.shortened import shortened
from neurochannel.reports.text import WIDTH, paragraph, table_text

TOPOLOGIES = sorted((Path(__file__).parents[2] / "topologies").glob("*.toml"))
SRBP = nc.mlp(6, 5, 4, 3).with_channel(nc.srbp(bits=3, fan_in=2))


def column(text, title, label):
    """Read one number of a table in a report."""
    lines = text.splitlines()
    firsts = ("bundle", "population ", "for each example")
    heads = (n for n, line in enumerate(lines) if line.startswith(firsts) and title in line)
    head = next(heads)
    end = lines[head].index(title) + len(title)
    row = next(line for line in lines[head:] if line.startswith(label))
    return row[:end].split()[-1]


@pytest.mark.parametrize("path", TOPOLOGIES, ids=lambda path: path.stem)
def test_the_report_of_every_example_fits_a_terminal(path):
    data = nc.data.load("digits")
    network = nc.Network.from_toml(path)
    text = str(inspect(network, data=data, compare="bp,rbp,srbp:fan_in=2", self_test=False))
    assert max(map(len, text.splitlines())) <= WIDTH
    for bundle in (*network.forward_bundles, *network.channel_bundles):
        assert bundle.name in text


def test_an_inspection_holds_what_its_parts_find():
    found = inspect(SRBP, seed=3, self_test=False)
    assert found.findings == tuple(lint(SRBP, seed=3))
    assert found.ledger == ledger(SRBP, seed=3)
    assert found.locality == tuple(locality(SRBP))
    assert found.checks == ()
    assert found.bundles[-1] == {
        "kind": "channel",
        "bundle": "error -> hidden1",
        "weights": "random",
        "edges": 10,
    }


def test_errors_and_warnings_stand_apart():
    edges = nc.ChannelEdges(
        path="error -> hidden2", message=nc.Message(bits=2, scale=1000.0, quantizer="uniform")
    )
    found = inspect(nc.mlp(6, 5, 4, 3).with_channel(edges), self_test=False)
    assert [finding.where for finding in found.errors] == ["channel[0] error -> hidden2"]
    assert [finding.where for finding in found.warnings] == ["populations.hidden1"]
    text = str(found)
    assert text.index("1 error\n") < text.index("rounds every message") < text.index("1 warning\n")
    assert "No mistakes" in str(inspect(SRBP, self_test=False))


def test_the_self_test_is_in_the_report_and_can_be_left_out():
    found = inspect(SRBP)
    assert found.checks
    assert found.failures == ()
    assert f"Self-test: {len(found.checks)} passed" in str(found)
    assert "Self-test" not in str(inspect(SRBP, self_test=False))


def test_a_check_that_fails_is_seen(monkeypatch):
    from neurochannel.reports import before_training as report

    checks = [Check("one", True, "good"), Check("two", False, "differs by 3%")]
    monkeypatch.setattr(report.selftest, "checks_of", lambda compiled: checks)
    found = inspect(SRBP)
    assert found.failures == (checks[1],)
    assert "Self-test: 1 passed, 1 FAILED\n" in str(found)
    assert "  FAILED  two\n          differs by 3%" in str(found)


def test_the_report_shows_the_numbers_of_the_ledger():
    text = str(inspect(SRBP, self_test=False))
    assert column(text, "delivery", "input -> hidden1") == "30"
    assert column(text, "edges", "error -> hidden1") == "10"
    assert column(text, "messages", "error -> hidden1") == "3"
    assert column(text, "bits sent", "error -> hidden1") == "9"
    assert column(text, "bits arriving", "hidden1") == "30"
    assert column(text, "bits per weight", "hidden1") == "1"
    assert "hidden1     hidden  after 1 step" in text
    assert "Memory at batch size 1, bytes: forward " in text


def test_work_to_make_channel_weights_is_shown_where_there_is_any():
    made = str(inspect(nc.mlp(6, 5, 4, 3).with_channel(nc.sbp()), self_test=False))
    assert column(made, "products", "error -> hidden1") == "60"
    assert "products" not in str(inspect(SRBP, self_test=False))


def test_channels_stand_side_by_side_with_the_networks_own():
    text = str(inspect(SRBP, compare=["bp", "srbp"], self_test=False))
    part = text[text.index("Side by side") :]
    assert [column(part, name, "channel wires") for name in ("as given", " bp", " srbp")] == [
        "18",
        "32",
        "27",
    ]


def test_many_channels_go_on_in_another_table():
    names = ",".join(f"srbp:fan_in=2,bits={n},scale=0.5" for n in range(1, 9))
    text = str(inspect(SRBP, compare=names, self_test=False))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count("channel wires") > 2
    assert "bits=8" in text


def test_weight_transport_is_named():
    text = str(inspect(nc.mlp(6, 5, 3).with_channel(nc.bp()), self_test=False))
    line = next(n for n in text.splitlines() if n.startswith("channel error -> hidden1"))
    assert " NO " in line
    assert "channel error -> hidden1: weight transport" in text


def test_everything_can_be_written_as_json():
    found = inspect(SRBP, compare="bp")
    written = json.loads(json.dumps(found.to_dict()))
    assert written["network"] == "mlp"
    assert written["ledger"]["totals"]["bits_sent"] == found.ledger.bits_sent
    assert written["others"]["bp"]["totals"]["steps"] == 2
    assert written["locality"][0]["reads"][0]["name"] == "O(input)"
    assert all(check["passed"] for check in written["self_test"])
    assert written["findings"] == []


def test_data_gives_the_sizes():
    network = nc.mlp(None, 5, None).with_channel(nc.bp())
    found = inspect(network, data=nc.data.load("digits"), self_test=False)
    assert str(found).startswith("mlp: input 64, hidden1 5 and output 10\n")
    with pytest.raises(NetworkError, match="populations.input.size is left to the data"):
        inspect(network)


def test_bytes_are_looked_at_as_the_numbers_that_they_stand_for(monkeypatch):
    from neurochannel.reports import before_training as report

    seen = []
    monkeypatch.setattr(
        report.linting,
        "findings_of",
        lambda network, probe, data: seen.append(probe.batch[0]) or [],
    )
    x = np.arange(12, dtype=np.uint8).reshape(2, 6)
    inspect(SRBP, data=nc.Data(x, np.array([0, 2]), scale=0.5), self_test=False)
    assert np.array_equal(seen[0], x / 2)


def test_a_wrong_channel_is_refused_before_the_long_part(monkeypatch):
    from neurochannel.reports import before_training as report

    monkeypatch.setattr(report.selftest, "checks_of", lambda *a, **b: pytest.fail("too early"))
    with pytest.raises(NetworkError, match="did you mean 'bp'"):
        inspect(SRBP, compare=["bpp"])


def test_a_table_keeps_its_numbers_whole_and_folds_the_rest():
    text = table_text(TableBlock(("name", "n"), [("a b " * 30, "123,456,789")], (1,)), width=40)
    assert "123,456,789" in text
    assert max(map(len, text.splitlines())) <= 40


def test_long_tables_and_lists_are_cut_and_what_failed_is_kept():
    items = [Item(f"check {n}", "passed") for n in range(50)] + [Item("the last", "failed")]
    for n, shown in ((40, 40), (41, 12)):
        table = TableBlock(("n",), [(str(row),) for row in range(n)], marked=[0, n - 1])
        blocks = shortened(Document("", (Section("", (table,)),))).sections[0].blocks
        assert len(blocks[0].rows) == shown
        assert list(blocks[0].marked) == ([0, 39] if n == 40 else [0])
        assert [block.text for block in blocks[1:]] == ["... and 29 more rows"] * (n > 40)
    cut, more = shortened(Document("", (Section("", (Items(items),)),))).sections[0].blocks
    assert [item.text for item in cut.items] == [*(f"check {n}" for n in range(11)), "the last"]
    assert more.text == "... and 39 more"


def test_many_findings_of_one_cause_are_one_line_with_a_count():
    several = {f"hidden{n}": {"size": 1, "activation": "tanh"} for n in range(50)}
    network = nc.Network(
        populations={"input": {"size": 3}, **several, "output": {"size": 2}},
        forward=[
            {"path": f"{source} -> {target}"}
            for name in several
            for source, target in (("input", name), (name, "output"))
        ],
        channel=[{"path": f"error -> {name}", "message": {"delay": 2}} for name in several],
    )
    found = inspect(network, self_test=False)
    assert len(found.warnings) == 50
    text = " ".join(found.to_text().split())
    assert text.count("message.delay is 2 examples") == 1
    assert "or leave it out (and 49 more like this)" in text
    assert found.to_text(full=True).count("message.delay is") == 50


def test_findings_of_one_cause_differ_in_place_names_and_numbers_only():
    for where, text, cause in (
        (
            "channel[0] a -> b",
            "rounds to ±1 (from 6.8e+12 to 2.1e+36, at 1), see 2.1e+36, or 1,073",
            " rounds to ±# #, see #, or #",
        ),
        (
            "populations.h2",
            "is tied to 'h2 -> o'; let 'h2 -> o' be 10%.",
            " is tied to #; let # be #.",
        ),
    ):
        assert Finding("warning", where, f"{where} {text}").cause == cause


def test_names_are_not_taken_for_markup():
    assert "[bold]x" in table_text(TableBlock(("name",), [("[bold]x",)]))


def test_a_paragraph_goes_on_under_its_indent():
    assert paragraph("one two three", "  ", width=8) == "one two\n  three"


def test_devices_and_limits_of_populations_have_tables_of_their_own():
    network = SRBP.with_defaults(
        forward={"synapse": "ecram"},
        population={"receive": {"bits": 3}, "neuron": {"dead": 0.2, "bits": 4}},
    )
    text, plain = str(inspect(network, self_test=False)), str(inspect(SRBP, self_test=False))
    rows = ledger(network)
    assert column(text, "states", "input -> hidden1    ecram") == "1,000"
    head, tail = text.index("\nDevices: pulses"), text.index("\nPopulations: ")
    pulses = rows.bundles[0].pulses
    assert f"{pulses:.3g}" in text[head:tail]
    assert "pulses at devices" in text
    limits = text[text.index("\nLimits of neurons") :]
    (line,) = [one for one in limits.splitlines() if one.startswith("hidden1 ")]
    assert line.split()[1:4] == ["3", f"{rows.populations[1].activity_bits:.3g}", "1"]
    assert "receives 3 bits" in line
    assert "Devices" not in plain and "Limits of neurons" not in plain and "pulses" not in plain
