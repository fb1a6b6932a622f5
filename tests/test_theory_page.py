"""The page of theorems: verdicts follow from numbers, and results are kept."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from neurochannel.theory import chain
from scripts.pages import count, link
from scripts.theory import failures, running
from scripts.theory.__main__ import main
from scripts.theory.catalogue import THEOREMS
from scripts.theory.chains import polynomial
from scripts.theory.findings import Check, verdict
from scripts.theory.layers import random_network
from scripts.theory.report import publish
from scripts.theory.running import JOBS, TABLE, compute, results

ROOT = Path(__file__).parents[1]


def finished(names=JOBS):
    """Results as if all jobs had been run."""
    check = {"text": "|x|", "found": 0.5, "below": 1.0, "above": None}
    rows = [{"length": n, "BP": 0.0, "RBP, random": 0.25} for n in failures.LENGTHS]
    made = {}
    for name in names:
        own = {"rows": rows, "unfinished": 0.0} if name.startswith(TABLE) else {}
        shown = {"checks": [check], "broken": [check], "figures": {}, "note": "Note."}
        made[name] = (own or shown) | {"seconds": 1.0, "fingerprint": running.fingerprint(name)}
    return made


@pytest.mark.parametrize(
    ("check", "holds"),
    [
        (Check("", 0.5, below=1.0), True),
        (Check("", 1.5, below=1.0), False),
        (Check("", 1.5, above=1.0), True),
        (Check("", 0.5, above=1.0), False),
        (Check("", np.nan, below=1.0), False),
        (Check("", np.nan, above=1.0), False),
    ],
)
def test_a_number_is_on_the_right_side_of_its_bound_or_not(check, holds):
    assert check.holds == holds
    assert verdict([check]) == ("holds" if holds else "does not hold")
    assert verdict([check, Check("", 0.0, below=1.0)]) == verdict([check])


def test_counts_and_links_of_pages():
    assert count(["holds", "holds", "undecided"]).startswith("Statements: 3; holds: 2, does not")
    assert link("2. A[1,1,1]") == "[2. A[1,1,1]](#2-a111)"


def test_all_theorems_that_are_stated_are_on_the_committed_page():
    page = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
    for theorem in THEOREMS:
        assert f"\n## {theorem.heading}\n" in page
        assert f"**Statement.** {theorem.statement} " in page
    images = set(re.findall(r"\(images/theory/([\w.]+)\)", page))
    assert images == {path.name for path in (ROOT / "docs" / "images" / "theory").iterdir()}
    assert len(images) > len(THEOREMS)
    numbers = {re.match(r"(\d+)\.", theorem.heading) for theorem in THEOREMS}
    assert {int(found[1]) for found in numbers if found} == {*range(1, 11), 12}


def test_a_page_is_made_of_results(tmp_path):
    target = publish(finished(), tmp_path, tmp_path / "docs")
    text = target.read_text(encoding="utf-8")
    assert f"Statements: {len(THEOREMS)}; holds: {len(THEOREMS)}, does not hold: 0." in text
    assert "| \\|x\\| | 0.5 | < 1 | holds |" in text
    assert "| 2 | 0.0 | 25.0 |" in text
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert len(rows) == len(THEOREMS)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows)
    assert (tmp_path / "docs" / "images" / "theory" / "failures.svg").exists()


def test_what_is_finished_is_not_computed_again(tmp_path, monkeypatch, capsys):
    for name, result in finished().items():
        running._file(name, tmp_path).write_text(json.dumps(result), encoding="utf-8")
    monkeypatch.setattr(running, "compute", lambda *given: pytest.fail(f"computed {given}"))
    assert dict(results(JOBS, tmp_path, 1)) == finished()
    assert main(["--kept", str(tmp_path), "--out", str(tmp_path / "docs"), "--workers", "1"]) == 0
    assert capsys.readouterr().out.endswith(f"page {tmp_path / 'docs' / 'theory.md'}\n")


def test_results_of_other_sources_are_computed_again(tmp_path):
    (old,) = finished(["facts"]).values()
    path = running._file("facts", tmp_path)
    path.write_text(json.dumps(old | {"fingerprint": "other"}), encoding="utf-8")
    assert running._kept("facts", tmp_path) is None
    new = compute("facts", tmp_path)
    assert running._kept("facts", tmp_path) == new
    assert verdict(running.checks_of(new)) == "holds"
    assert all(check.holds for check in running.checks_of(new, "broken"))
    assert (tmp_path / "facts.svg").exists()


def test_unknown_names_are_told(capsys):
    with pytest.raises(SystemExit):
        main(["pythagoras"])
    assert "there is no 'pythagoras'; there are" in capsys.readouterr().err


def test_the_polynomial_of_a_chain_is_its_velocity():
    c, start = np.array([0.7, -0.5]), np.array([0.3, 0.8, -0.4])
    q = polynomial(c, start)
    assert q.order == 7
    assert q(start[0]) == pytest.approx(chain(c).velocity(start)[0])


def test_wrong_signs_are_opposite_and_congruent_ones_equal():
    for words, sign in (("congruent", 1), ("wrong signs", -1)):
        for tail in ("", ", no f'"):
            for activation in ("tanh", "linear"):
                (pair,) = failures._systems(activation, 4, f"RBP, {words}{tail}", 0)
                form, starts = pair
                c = form.c if activation == "tanh" else [own[0, 0] for own in form.c]
                assert np.all(np.sign(starts[:, 1:]) == sign * np.sign(c))
                if activation == "tanh":
                    assert form.derivative == (not tail)


def test_random_networks_are_regressions_that_can_be_learned():
    form = random_network((3, 4, 2), 1)
    assert not form.singular
    assert not form.remarks
