"""The studies of convolutional networks: what they compare exists, and rates are chosen apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from scripts.cifar.__main__ import main
from scripts.cifar.experiments import EXPERIMENTS
from scripts.cifar.running import RATE, Size, at_best_rates, best_rates, tuning
from scripts.paper.cifar_section import cifar_section
from scripts.paper.comparisons import CHANCE
from scripts.paper.experiments import MOST_CURVES

NAMED = {experiment.name: experiment for experiment in EXPERIMENTS}


@pytest.fixture
def images(tmp_path: Path) -> str:
    """A file of 60 images of noise with colors that tell the classes."""
    rng, t = np.random.default_rng(0), np.arange(60) % 10
    x = rng.integers(0, 90, (60, 32, 32, 3)) + 15 * t[:, None, None, None]
    file = tmp_path / "images.npz"
    np.savez(
        file, train_x=x[:40].astype("u1"), train_t=t[:40], test_x=x[40:].astype("u1"), test_t=t[40:]
    )
    return str(file)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_comparisons_and_figures_name_settings_of_their_study(experiment, images) -> None:
    study = Size().study(experiment, images)
    plan = nc.points(study.model_copy(update={"data": images, **_few(study, images)}))
    columns = zip(*(entry.labels for entry in plan.entries), strict=True)
    settings = dict(zip(plan.columns, map(set, columns), strict=True))
    for statement in experiment.statements:
        for comparison in statement.comparisons:
            assert {comparison.a, comparison.b} - {None, CHANCE} <= settings[comparison.axis]
            assert all(value in settings[axis] for axis, value in comparison.where.items())
    for figure in experiment.figures:
        assert set(figure.values) <= settings[figure.by] and len(figure.values) <= MOST_CURVES
        assert all(value in settings[axis] for axis, value in figure.where.items())


def _few(study: nc.Study, images: str) -> dict:
    """The same images wherever a study names some, without a first part that is too long."""
    if "data" not in study.axes:
        return {}
    values = [
        {"label": one["label"], "value": f"{images}+{one['label']}"} for one in study.axes["data"]
    ]
    ends = {"still": "standardize", "moved": "standardize+shift=3"}
    for one in values:
        one["value"] = f"{images}+{ends[one['label']]}"
    return {"axes": {**study.axes, "data": values}}


@pytest.mark.slow
def test_studies_are_carried_out_resumed_and_written_down(images, tmp_path, capsys) -> None:
    small = ["sharing", "--data", images, "--images", "20", "--epochs", "1", "--seeds", "1"]
    options = [*small, "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main([*options, "--finished"]) == 1
    assert "not finished" in capsys.readouterr().out
    assert main(options) == 0
    points = sorted((tmp_path / "out" / "sharing" / "points").iterdir())
    before = [path.stat().st_mtime_ns for path in points]
    assert main(options) == main([*options, "--finished"]) == 0
    assert [path.stat().st_mtime_ns for path in points] == before
    assert main([*options, "--finished", "--remark", "These are drawn at random."]) == 0
    page = (tmp_path / "out" / "cifar.md").read_text()
    assert "\nThese are drawn at random.\n" in page
    assert "## To share or not to share" in page and "8 networks, 0 of which diverged" in page
    assert (tmp_path / "out" / "images" / "cifar" / "sharing_bp.svg").is_file()


def test_the_page_on_the_paper_has_the_verdicts_of_the_page_on_cifar(tmp_path) -> None:
    page = tmp_path / "cifar.md"
    section = "\n".join(cifar_section(page))
    assert section.startswith("## CIFAR-10\n") and "Statements" not in section
    study = NAMED["sharing"].heading
    page.write_text(
        f"# CIFAR-10\n\nOthers say.\n\nStatements: 1; holds: 1.\n\n"
        f"| study | verdict |\n| --- | --- |\n| [{study}](#to-share) | holds |\n"
        f"\n## {study}\n\nMore.\n"
    )
    found = "\n".join(cifar_section(page))
    assert found.startswith(section)
    assert found.endswith(
        f"Statements: 1; holds: 1.\n\n| study | verdict |\n| --- | --- |\n"
        f"| [{study}](cifar.md#to-share) | holds |"
    )


def test_rates_are_chosen_with_a_seed_that_is_not_compared() -> None:
    study = Size().study(NAMED["small"])
    tried = tuning(study)
    assert tried.seeds == [0] and len(tried.axes[RATE]) == 3
    assert tried.train.epochs == study.train.epochs // 4
    rows = [
        {"learner": label, "rate": rate, "score": score}
        for label in study.zip[0].labels
        for rate, score in ((0.003, 0.2), (0.01, 0.5 - 0.4 * (label == "RBP")), (0.03, 0.3))
    ]
    best = {label: 0.03 if label == "RBP" else 0.01 for label in study.zip[0].labels}
    assert best_rates([_row(**row) for row in rows]) == best
    compared = at_best_rates(study, [_row(**row) for row in rows])
    assert compared.seeds == [1, 2, 3] and RATE not in compared.axes
    assert dict(zip(study.zip[0].labels, compared.zip[0].axes[RATE], strict=True)) == best


def _row(learner: str, rate: float, score: float) -> dict:
    return {
        "point": f"{learner}-{rate}",
        "status": "done",
        "reason": None,
        "seed": 0,
        "axes": {"rate": rate, "learner": learner},
        "outcome": {"test_accuracy": score, "epochs": 1, "seconds": 1.0},
        "curves": {},
    }
