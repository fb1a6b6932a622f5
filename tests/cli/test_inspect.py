"""`neurochannel inspect`: the report, and the program that a network becomes."""

import json

import numpy as np
import pytest

from tests.cli.commands import SRBP, TOPOLOGIES, refusal, run, succeed

QUICK = "--no-self-test"
SILENT = """
[populations]
input = { size = 5 }
hidden = { size = 4, activation = "tanh" }
output = { size = 3, activation = "softmax" }
[[forward]]
path = "input -> hidden -> output"
[[channel]]
path = "error -> hidden"
message = { bits = 2, scale = 1000.0, quantizer = "uniform" }
"""


@pytest.fixture
def silent(tmp_path):
    """A file whose channel rounds every message to 0."""
    path = tmp_path / "silent.toml"
    path.write_text(SILENT)
    return path


def test_inspect_lists_the_bundles():
    out = succeed("inspect", SRBP, QUICK).stdout
    assert "input -> hidden1" in out and "error -> hidden1" in out and "random" in out


def test_the_report_has_all_its_parts():
    out = succeed("inspect", SRBP).stdout
    heads = ("No mistakes", "Forward graph", "Learning channel", "In all", "Locality", "Self-test")
    assert sorted(heads, key=out.index) == list(heads)


def test_channels_can_be_compared():
    out = succeed("inspect", SRBP, QUICK, "--compare", "bp,srbp:fan_in=2,bits=3").stdout
    titles = next(line for line in out.splitlines() if line.startswith("for each example"))
    assert titles.split()[3:] == ["as", "given", "bp", "srbp:fan_in=2,bits=3"]


def test_json_holds_what_the_report_shows():
    done = succeed("inspect", SRBP, QUICK, "--compare", "bp", "--json")
    result = json.loads(done.stdout)
    assert result["network"] == "srbp"
    assert result["bundles"][0] == {
        "kind": "forward",
        "bundle": "input -> hidden1",
        "weights": "learning",
        "edges": 6400,
    }
    assert result["ledger"]["totals"]["channel_multiply_adds"] == 1300
    assert result["others"]["bp"]["totals"]["channel_multiply_adds"] == 3300
    assert result["self_test"] == []
    assert "plan" not in result


def test_an_error_of_the_network_ends_with_a_code_after_the_report(silent):
    done = run("inspect", silent, QUICK)
    assert done.exit_code == 2
    assert "1 error\n" in done.stdout and "Locality" in done.stdout
    assert done.stderr.endswith(f"neurochannel: {silent} has 1 error; see the report\n")


@pytest.mark.parametrize(
    ("t", "code", "text"),
    [
        (np.arange(6) % 3, 0, None),
        (2 * np.eye(3)[np.arange(6) % 3] - 1, 2, "data.train_t must lie between 0 and 1"),
        (np.ones((6, 3)), 2, "each row of train_t must add up to 1"),
        (2 * (np.arange(6) % 2), 0, "data.train_t has no example of class 1"),
    ],
)
def test_data_are_held_against_output_and_loss(silent, tmp_path, t, code, text):
    silent.write_text(SILENT.replace("bits = 2, scale = 1000.0", "bits = 4, scale = 1.0"))
    np.savez(tmp_path / "own.npz", train_x=np.random.default_rng(0).random((6, 5)), train_t=t)
    done = run("inspect", silent, QUICK, "--data", tmp_path / "own.npz")
    assert done.exit_code == code
    told = " ".join(done.stdout.split())  # the report breaks lines
    assert text is None or text in told
    assert ("train_t" in told) == (text is not None)


def test_json_is_printed_in_full_before_the_code(silent):
    done = run("inspect", silent, QUICK, "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["findings"][0]["level"] == "error"


def test_warnings_alone_end_well():
    out = succeed("inspect", TOPOLOGIES / "top_only.toml", QUICK).stdout
    assert "2 warnings" in out


def test_a_check_that_fails_ends_with_a_code(monkeypatch):
    from neurochannel.observe import selftest
    from neurochannel.reports import before_training as report

    failed = [selftest.Check("error -> hidden1", False, "reaches hidden2")]
    monkeypatch.setattr(report.selftest, "checks_of", lambda compiled: failed)
    done = run("inspect", SRBP)
    assert done.exit_code == 2
    assert "FAILED  error -> hidden1" in done.stdout
    assert done.stderr.endswith("has 1 failed check of the self-test; see the report\n")


def test_sizes_come_from_the_data_only_where_they_are_left_out(silent):
    assert "input 64" in succeed("inspect", SRBP, QUICK).stdout
    assert "input 5" in run("inspect", silent, QUICK).stdout
    done = run("inspect", silent, "--data", "digits")
    assert done.exit_code == 2
    assert "populations.input.size must be 64" in done.stderr


def test_the_seed_draws_the_edges(tmp_path):
    path = tmp_path / "thin.toml"
    path.write_text(SILENT.replace("message = { bits", "density = 0.5 # { bits"))

    def edges(seed):
        done = succeed("inspect", path, QUICK, "--json", "--seed", seed)
        return json.loads(done.stdout)["bundles"][-1]["edges"]

    assert len({edges(seed) for seed in range(6)}) > 1


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ("bpp", "did you mean 'bp'?"),
        ("", "channels must be names joined by commas, got ''"),
        ("srbp:bits=0", "bits must be at least 1, got 0"),
        ("srbp:to=hiden1", "channel 'srbp:to=hiden1': to must name populations"),
    ],
)
def test_a_wrong_channel_is_one_sentence(channels, sentence):
    assert sentence in refusal("inspect", SRBP, "--compare", channels)


def test_the_listing_shows_which_kernel_serves_a_bundle_at_this_batch_size():
    def kernels(batch_size):
        done = succeed("inspect", SRBP, QUICK, "--listing", "--batch-size", batch_size, "--json")
        lines = json.loads(done.stdout)["listing"]
        return {line["kernel"] for line in lines if "hidden1 -> hidden2" in line["reads"]}

    assert kernels(1) == {"deliver rows"}
    assert kernels(100) == {"deliver gemm"}


def test_the_listing_reads_like_a_program():
    out = succeed("inspect", SRBP, QUICK, "--listing").stdout
    plan = out[out.index("Program of a step, batch size 100") :]
    assert plan.index("error") < plan.index("gate") < plan.index("update")


def test_the_old_name_of_the_listing_tells_the_new_one():
    assert refusal("inspect", SRBP, "--plan") == "--plan is gone; use --listing"


def test_a_missing_file_is_one_sentence():
    assert "nowhere.toml" in refusal("inspect", "nowhere.toml")


def test_the_report_is_written_as_a_page(tmp_path):
    page = tmp_path / "report.html"
    printed = succeed("inspect", SRBP, QUICK).stdout
    assert succeed("inspect", SRBP, QUICK, "--html", page).stdout == printed
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>") and "error -&gt; hidden1" in text
    assert "data:image/svg+xml;base64," in text and "http" not in text.split("base64,")[0]


def test_a_page_that_is_there_is_not_lost(tmp_path):
    page = tmp_path / "report.html"
    page.write_text("mine")
    assert "--html must name a new file" in refusal("inspect", SRBP, QUICK, "--html", page)
    assert page.read_text() == "mine"
    succeed("inspect", SRBP, QUICK, "--html", page, "--force")
    assert page.read_text() != "mine"


def test_a_page_is_written_also_where_there_are_errors(silent, tmp_path):
    page = tmp_path / "report.html"
    assert run("inspect", silent, QUICK, "--html", page).exit_code == 2
    assert '<li class="error">' in page.read_text(encoding="utf-8")
