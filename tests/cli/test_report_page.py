"""`neurochannel report`: what it writes, and the sentences with which it refuses."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import SRBP, refusal, run, succeed
from tests.reports.pages import read


def test_a_page_of_a_network_is_written():
    done = succeed("report", SRBP, "-o", "page.html")
    assert done.stdout == "page page.html\n"
    assert "Self-test" in read(Path("page.html")).titles()
    told = json.loads(succeed("report", "bp", "-o", "page.html", "--force", "--json").stdout)
    assert told == {"page": "page.html", "bytes": Path("page.html").stat().st_size}


def test_a_network_on_standard_input_is_reported():
    from click.testing import CliRunner

    from neurochannel.cli import main

    text = Path(SRBP).read_text(encoding="utf-8")
    done = CliRunner().invoke(main, ["report", "-", "-o", "page.html"], input=text)
    assert done.exit_code == 0, done.output
    assert "srbp" in read(Path("page.html")).text


BAD = [
    (("srpb",), "there is no file 'srpb', and no topology of this name comes with neurochannel"),
    (("missing.toml",), "missing.toml: there is no such file; check the path"),
    (("srbp", "--data", "mnits"), "data set 'mnits' is unknown (did you mean 'mnist'?)"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD)
def test_bad_input_is_one_sentence(arguments, sentence):
    assert sentence in refusal("report", *arguments, "-o", "page.html")
    assert not Path("page.html").exists()


BAD_PAGES = [
    (("-o", "page.pdf"), "--out must end in .html, got 'page.pdf'"),
    (("-o", "missing/page.html"), "missing/page.html cannot be written"),
    (("-o", "here.html"), "--out must name a new file, but here.html exists"),
    ((), "--out is missing"),
]


@pytest.mark.parametrize(("options", "sentence"), BAD_PAGES)
def test_a_page_that_cannot_be_written_is_refused_first(options, sentence):
    Path("here.html").write_text("mine")
    assert sentence in refusal("report", "srbp", *options)
    assert Path("here.html").read_text() == "mine"


def test_mistakes_of_a_network_are_sentences():
    Path("net.toml").write_text("[populations]\n")
    done = run("report", "net.toml", "-o", "page.html")
    assert done.exit_code == 2
    assert done.stderr.startswith("neurochannel: net.toml")
    assert "Traceback" not in done.stderr
