"""Pages of studies, without a browser."""

import numpy as np
import pytest

import neurochannel as nc
from tests.reports.pages import read
from tests.reports.study_folders import made_up

AXES = {"channel.recipe": ["bp", "srbp"], "train.rate": [0.01, 0.1, 10.0]}
EVIL = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    rows = made_up(folder / "results", AXES, lost=(4, 5, 9, 10, 11))
    return rows, read(nc.report(folder / "results", folder / "page.html"))


def test_settings_hold_means_and_intervals(made):
    _, page = made
    data = page.data["study"]
    assert [axis["name"] for axis in data["axes"]] == list(AXES)
    assert [axis["values"] for axis in data["axes"]] == list(AXES.values())
    assert [(axis["numeric"], axis["log"]) for axis in data["axes"]] == [
        (False, False),
        (True, True),
    ]
    assert [one["at"] for one in data["settings"]] == [[i, j] for i in range(2) for j in range(3)]
    names = [one["name"] for one in data["outcomes"]]
    assert names == ["test_accuracy", "test_loss", "test_error"]
    assert data["start"] == 0
    frame = nc.outcomes(page_folder(page))
    means = nc.summary(frame, "test_accuracy", list(AXES))
    for one, expected in zip(data["settings"], means.to_dict("records"), strict=True):
        stats = one["stats"][0]
        assert one["lost"] == [expected["diverged"], expected["failed"], expected["unmeasured"]]
        if expected["n"] == 0:
            assert stats is None
            continue
        assert stats[:2] == [expected["n"], pytest.approx(100 * expected["mean"], rel=1e-4)]
        low, high = max(0, 100 * expected["low"]), min(100, 100 * expected["high"])
        assert stats[2:] == (
            [None] * 2 if expected["n"] == 1 else pytest.approx([low, high], rel=1e-4)
        )
        assert one["stats"][2][1] == pytest.approx(100 - stats[1], rel=1e-3)


def page_folder(page):
    """Return the folder that a page names in its command."""
    (line,) = [line for line in page.text.splitlines() if line.startswith("neurochannel study")]
    return line.rpartition(" --out ")[2]


def test_a_point_leads_to_its_curves(made):
    rows, page = made
    data = page.data["study"]
    accuracy = [one["name"] for one in data["quantities"]].index("test_accuracy")
    assert len(data["points"]) == len(rows)
    for number, (point, row) in enumerate(zip(data["points"], rows, strict=True)):
        assert (point["s"], point["seed"]) == (number // 3, str(row["seed"]))
        ((time, values),) = [(t, v) for quantity, t, v in point["curves"] if quantity == accuracy]
        assert data["epochs"][time] == row["curves"]["epoch"]
        assert values == pytest.approx([100 * v for v in row["curves"]["test_accuracy"]], rel=1e-4)


def test_failures_are_listed_with_their_reasons(made):
    _, page = made
    assert page.source.count("<td>failed</td><td>there is &lt;no&gt; reason</td>") == 5
    assert "18 of 18 points are finished, 5 of them diverged or failed" in page.text


def test_the_head_tells_axes_seeds_and_where_it_ran(made):
    _, page = made
    for text in ("0.01, 0.1, 10", "0, 1, 2", "A processor", "neurochannel 0.2.0 (python 3.11.7"):
        assert text in page.text
    assert "neurochannel study 'made up.toml' --out" in page.text


def test_the_table_is_there_without_the_script(made):
    _, page = made
    assert page.all("th")[0].tag == "th"
    assert "<td>srbp</td>" in page.source


def test_labels_and_reasons_stay_texts(tmp_path):
    made_up(tmp_path / "study", {EVIL: [EVIL, "b"]}, lost=(0,))
    page = read(nc.report(tmp_path / "study", tmp_path / "page.html"))
    assert page.all("img") == []
    assert page.data["study"]["axes"][0]["values"] == [EVIL, "b"]


def test_a_study_of_a_thousand_points_is_a_small_page(tmp_path):
    axes = {"width": list(range(10)), "bits": ["none", *"1248"], "rate": [0.01, 0.1, 1.0, 10.0]}
    made_up(tmp_path / "study", axes, n_seeds=5, n_epochs=200)
    path = nc.report(tmp_path / "study", tmp_path / "page.html")
    data = read(path).data["study"]
    assert len(data["points"]) == 1000
    assert path.stat().st_size < 5_000_000
    assert {epochs[0] for epochs in data["epochs"]} == {1}
    assert {epochs[-1] for epochs in data["epochs"]} == {200}
    numbers = sum(len(values) for point in data["points"] for _, _, values in point["curves"])
    assert 150_000 < numbers <= 310_000


@pytest.mark.parametrize("axes", [{}, {"a": [1]}, {"a": [True, False]}, {"a": ["x", 2]}])
def test_any_axes_have_a_page(tmp_path, axes):
    made_up(tmp_path / "study", axes)
    data = read(nc.report(tmp_path / "study", tmp_path / "page.html")).data["study"]
    assert len(data["settings"]) == max(
        1, np.prod([len(values) for values in axes.values()], dtype=int)
    )
    assert all(place is not None for one in data["settings"] for place in one["at"])


def test_a_study_in_which_all_failed_has_a_page_of_failures(tmp_path):
    made_up(tmp_path / "study", {"a": [1, 2]}, n_seeds=1, lost=(0, 1))
    page = read(nc.report(tmp_path / "study", tmp_path / "page.html"))
    assert page.data["study"]["outcomes"] == []
    assert "Failures" in page.titles()


def test_missing_points_are_counted(tmp_path):
    made_up(tmp_path / "study", AXES, finished=7)
    page = read(nc.report(tmp_path / "study", tmp_path / "page.html"))
    assert "7 of 18 points are finished, 11 are missing" in page.text


def test_a_study_that_ran_has_its_observations_on_the_page(tmp_path):
    study = nc.Study(
        topology="srbp",
        record=["history", "alignment"],
        train={"epochs": 2, "batch_size": 100},
        axes={"channel.*.message.bits": ["none", 2]},
    )
    nc.run_study(study, tmp_path / "study", workers=1, progress=False)
    data = read(nc.report(tmp_path / "study", tmp_path / "page.html")).data["study"]
    assert "alignment: hidden1" in [one["name"] for one in data["quantities"]]
    assert {tuple(epochs) for epochs in data["epochs"]} >= {(1, 2), (0, 1, 2)}
