"""`neurochannel report`: what it writes, and the sentences with which it refuses."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import SRBP, refusal, run, succeed, train
from tests.reports.pages import read
from tests.reports.study_folders import made_up
from tests.storage.runs import edited


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


def test_checkpoints_of_one_learner_are_drawn_together():
    for seed in (0, 1):
        train(SRBP, "--epochs", 1, "--seed", seed, "--out", f"s{seed}.h5")
    succeed("report", "s0.h5", "s1.h5", "-o", "page.html")
    page = read(Path("page.html"))
    assert page.data["loss"]["series"][0]["low"] is not None


def test_a_checkpoint_that_cannot_be_read_is_one_sentence():
    train(SRBP, "--epochs", 1, "--out", "run.h5")
    content = Path("run.h5").read_bytes()
    Path("half.h5").write_bytes(content[: len(content) // 2])
    assert refusal("report", "half.h5", "-o", "page.html").startswith("half.h5 ")
    assert "missing.h5 does not exist" in refusal("report", "missing.h5", "-o", "page.html")
    Path("newer.h5").write_bytes(content)
    with edited(Path("newer.h5")) as file:
        file.attrs["format_version"] = 99
    sentence = refusal("report", "newer.h5", "-o", "page.html")
    assert sentence.startswith("newer.h5 has format version 99")
    assert sentence.endswith("install a newer neurochannel")
    both = refusal("report", "run.h5", "srbp", "-o", "page.html")
    assert "what must be one network, one folder of a study, or checkpoints and runs only" in both


@pytest.mark.parametrize("version", [1, 2, 3])
def test_checkpoints_of_every_version_have_a_page(version):
    archived = Path(__file__).parents[1] / "storage" / f"format_{version}.h5"
    succeed("report", archived, "-o", "page.html")
    assert {"loss", "drawing"} <= set(read(Path("page.html")).data)


def test_a_study_is_reported_and_a_folder_without_one_refused():
    made_up("study", {"bits": [1, 2]})
    succeed("report", "study", "-o", "page.html")
    assert "Results" in read(Path("page.html")).titles()
    made_up("unfinished", {"bits": [1, 2]}, finished=0)
    sentence = refusal("report", "unfinished", "-o", "other.html")
    assert sentence == ("unfinished must hold a finished point, got none of 6; run the study first")
    Path("empty").mkdir()
    assert refusal("report", "empty", "-o", "other.html").startswith("empty holds no study; name")
    Path("srbp").mkdir()
    succeed("report", "srbp", "-o", "other.html")
    assert "Self-test" in read(Path("other.html")).titles()


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
