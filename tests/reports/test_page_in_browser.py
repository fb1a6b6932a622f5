"""Pages in a real browser: nothing is loaded or complained of, and pointing tells values."""

import pytest

import neurochannel as nc
from tests.reports.browsing import browser, opened

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


def test_texts_of_files_run_no_script(chromium, folder):
    name = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
    network = nc.read("srbp").model_copy(update={"name": name})
    with opened(chromium, nc.report(network, folder / "evil.html")) as page:
        assert page.locator("h1").inner_text() == name
        assert page.title() == name
