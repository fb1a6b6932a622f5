"""Pages in a real browser: nothing is loaded or complained of, and pointing tells values."""

import re

import pytest

import neurochannel as nc
from tests.reports.browsing import browser, opened
from tests.reports.study_folders import made_up

pytestmark = pytest.mark.slow


MIDDLE = """path => {
  path.scrollIntoView({ block: "center" });
  const at = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());
  return [at.x, at.y];
}"""
"""Where on the screen the middle of a line is, which its bounding box does not tell."""


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def network_page(folder):
    return nc.report("bp", folder / "bp.html")


@pytest.fixture(scope="module")
def runs():
    found, network = [], nc.mlp(None, 20, None).with_channel(nc.srbp(bits=2))
    for seed in (0, 1):
        found.append(nc.Simulation(network, nc.data.load("digits"), batch_size=50, seed=seed))
        found[-1].train(4, [nc.Observe(at=(0, 1, 4))], progress=False)
    return found


@pytest.fixture(scope="module")
def run_page(folder, runs):
    return nc.report(runs, folder / "run.html")


@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_a_network_opens(chromium, network_page, width, scheme):
    with opened(chromium, network_page, width, scheme) as page:
        assert page.title() == "bp"
        assert page.locator(".net:visible").count() == 1
        assert page.locator("#costs svg").count() == 6


def test_an_edge_tells_what_it_is_under_the_pointer_and_by_keys(chromium, network_page):
    with opened(chromium, network_page) as page:
        edge = page.locator(".edge[data-edge='channel: error -> hidden2']:visible")
        page.mouse.move(*edge.locator(".hit").evaluate(MIDDLE))
        told = page.locator(".facts").inner_text()
        assert "channel: error -> hidden2" in told
        assert "yes, 300 wires" in told
        page.locator(".edge[data-edge='forward: input -> hidden1']:visible").focus()
        assert "6,400" in page.locator(".facts").inner_text()


def test_one_graph_can_be_shown_alone(chromium, network_page):
    with opened(chromium, network_page) as page:
        channel = page.locator(".edge.channel[data-edge]:visible").first
        page.get_by_role("button", name="forward", exact=True).click()
        assert float(channel.evaluate("e => getComputedStyle(e).opacity")) < 0.2
        assert channel.get_attribute("tabindex") == "-1"
        page.get_by_role("button", name="both", exact=True).click()
        assert float(channel.evaluate("e => getComputedStyle(e).opacity")) == 1


def test_a_chart_hands_out_its_numbers(chromium, network_page):
    with opened(chromium, network_page) as page:
        with page.expect_download() as waited:
            page.get_by_role("button", name="Save costs as CSV").click()
        lines = waited.value.path().read_text().splitlines()
        assert waited.value.suggested_filename == "costs.csv"
        assert lines[0] == ",as given,bp,rbp,srbp"
        assert "channel wires,3300,3300,3300,1300" in lines


@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_a_run_opens(chromium, run_page, width, scheme):
    with opened(chromium, run_page, width, scheme) as page:
        assert page.locator("figure.lines svg.plot").count() >= 4
        assert page.locator("#loss .band").count() == 2


def test_a_chart_tells_its_values_under_the_pointer_and_by_keys(chromium, run_page, runs):
    losses = [run.history["test_loss"][3] for run in runs]
    expected = f"{sum(losses) / 2:.3g}"
    with opened(chromium, run_page) as page:
        chart, tip = page.locator("#loss svg.plot"), page.locator("#loss .tip")
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 80)
        assert "epoch 4" in tip.inner_text()
        assert expected in tip.inner_text()
        page.mouse.move(box["x"], box["y"] - 100)
        assert tip.is_hidden()
        chart.focus()
        page.keyboard.press("ArrowRight")
        assert "epoch 1" in tip.inner_text()
        page.keyboard.press("ArrowRight")
        assert "epoch 2" in page.locator("#loss [aria-live]").inner_text()


def test_a_chart_can_be_logarithmic_and_leave_curves_out(chromium, run_page):
    with opened(chromium, run_page) as page:
        curve = page.locator("#loss .curve").first
        before = curve.get_attribute("d")
        page.locator("#loss").get_by_role("button", name="log").click()
        assert page.locator("#loss .curve").first.get_attribute("d") != before
        page.locator("#loss .keys button").first.click()
        assert page.locator("#loss .curve").count() == 1


def test_the_slider_moves_messages_over_epochs(chromium, run_page):
    with opened(chromium, run_page) as page:
        figure = page.locator("figure.histogram").first
        label = "svg[role=img]"
        last = figure.locator(label).get_attribute("aria-label")
        figure.locator("input").fill("0")
        first = figure.locator(label).get_attribute("aria-label")
        assert "at epoch 4" in last and "at epoch 0" in first
        assert figure.locator("output").inner_text() == "0"


def test_an_example_goes_through_step_by_step(chromium, run_page):
    with opened(chromium, run_page) as page:
        forward = page.locator("#example").get_by_role("button", name="next")
        for _ in range(5):
            forward.click()
        assert "5 of 6: message over error -> hidden1" in page.locator("#example").inner_text()
        marked = page.locator(".edge.now[data-edge='channel: error -> hidden1']")
        assert marked.count() >= 1
        cell = page.locator("#example .step.now .strip").last.locator("rect").nth(3)
        cell.hover()
        told = page.locator("#example .tip").inner_text()
        assert "after limits" in told and "before" in told


def test_colors_of_weights_can_be_turned_off(chromium, run_page):
    with opened(chromium, run_page) as page:
        line = page.locator(".edge.forward[data-edge] .line:visible").first
        width = line.evaluate("e => getComputedStyle(e).strokeWidth")
        page.get_by_role("button", name="rms weight").click()
        assert line.evaluate("e => getComputedStyle(e).strokeWidth") != width


AXES = {"channel.recipe": ["bp", "srbp"], "rate": [0.01, 0.1, 10.0], "bits": [1, 2]}


@pytest.fixture(scope="module")
def study_page(folder):
    made_up(folder / "study", AXES, lost=(0, 1, 2, 7))
    return nc.report(folder / "study", folder / "study.html")


@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_a_study_opens(chromium, study_page, width, scheme):
    with opened(chromium, study_page, width, scheme) as page:
        assert page.locator("#study tbody tr").count() == 12
        assert page.locator("#study .heat .cell").count() == 5
        assert page.locator("#study .lines circle").count() == 11


def test_a_table_of_settings_can_be_sorted(chromium, study_page):
    with opened(chromium, study_page) as page:
        head = page.locator("#study th").nth(3)
        head.get_by_role("button").click()
        column = page.locator("#study tbody td:nth-child(4)")
        rising = column.all_inner_texts()
        assert rising[-1] == "-"
        assert [float(text) for text in rising[:-1]] == sorted(float(text) for text in rising[:-1])
        assert page.locator("#study th").nth(3).get_attribute("aria-sort") == "ascending"
        page.locator("#study th").nth(3).get_by_role("button").click()
        falling = [text for text in column.all_inner_texts() if text != "-"]
        assert falling == rising[-2::-1]


def wait_for_count(locator, n):
    """Wait until a locator finds this many, and no more."""
    if n:
        locator.nth(n - 1).wait_for(state="attached", timeout=10_000)
    assert locator.count() == n


def test_a_point_a_cell_and_a_row_lead_to_curves(chromium, study_page):
    with opened(chromium, study_page) as page:
        chosen = page.locator("#curves")
        page.locator("#study .lines circle").first.click(force=True)
        wait_for_count(chosen.locator(".curve"), 1)
        cell = page.locator("#study .heat .cell").last
        cell.focus()
        page.keyboard.press("Enter")
        wait_for_count(chosen.locator(".curve"), 2)
        page.get_by_role("button", name="Curves of bp, rate 10, bits 1").click()
        wait_for_count(chosen.locator(".keys button"), 3)
        chosen.get_by_label("curves of").select_option(label="test loss")
        assert "test loss over" not in chosen.inner_text()
        assert chosen.locator(".title").inner_text() == "test loss"
        chosen.get_by_role("button", name="clear").click()
        wait_for_count(chosen.locator(".curve"), 0)


def control(page, words):
    labels = page.locator("#study > .tools label")
    return labels.filter(has_text=re.compile(f"^{words}")).locator("select")


def test_an_outcome_is_drawn_against_any_axis(chromium, study_page):
    with opened(chromium, study_page) as page:
        control(page, "against").select_option(label="channel.recipe")
        title = page.locator("#study .pair .lines .title")
        assert title.inner_text() == "test accuracy (%) against channel.recipe"
        control(page, "outcome").select_option(label="test loss")
        assert title.inner_text() == "test loss against channel.recipe"
        control(page, "rate").select_option(label="0.1")
        assert page.locator("#study tbody tr").count() == 4


def test_a_study_in_which_all_failed_opens(chromium, folder):
    made_up(folder / "failed", {"a": [1, 2]}, n_seeds=1, lost=(0, 1))
    with opened(chromium, nc.report(folder / "failed", folder / "failed.html"), 420) as page:
        assert page.locator("#study tbody tr").count() == 2
        assert page.get_by_role("heading", name="Failures").count() == 1


def test_texts_of_files_run_no_script(chromium, folder):
    name = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
    network = nc.read("srbp").model_copy(update={"name": name})
    with opened(chromium, nc.report(network, folder / "evil.html")) as page:
        assert page.locator("h1").inner_text() == name
        assert page.title() == name
