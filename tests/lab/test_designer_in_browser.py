"""The designer in a real browser: dragging, keys, marks, training and saving."""

import re
from contextlib import contextmanager

import pytest

import neurochannel as nc
from tests.lab.serving import SMALL, served
from tests.reports.browsing import browser

pytestmark = pytest.mark.slow
PATIENCE = 300_000
"""Milliseconds that a busy machine may need for what a page waits for."""


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@contextmanager
def designer(chromium, folder, width=1280, scheme="light"):
    """Open the designer; nothing must be asked of anybody else, and nothing complained of."""
    with served(folder) as server:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        context.set_default_timeout(PATIENCE)
        page, said, asked = context.new_page(), [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.address)
        page.locator("#canvas .net:visible").wait_for()
        page.server = server
        yield page
        assert [text for text in said if not re.search("400|ERR_FAILED", text)] == []
        assert [url for url in asked if not url.startswith(server.address)] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()


def text_of(page):
    return page.locator("#text").input_value()


def block(page, name):
    return page.locator(f"[data-block='{name}']:visible").last


def edge(page, name):
    return page.locator(f"[data-edge='{name}']:visible")


def drag(page, source, target):
    for node, act in ((source, page.mouse.down), (target, page.mouse.up)):
        node.scroll_into_view_if_needed()
        box = node.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        act()


def test_a_drag_makes_an_edge_and_undo_takes_it_away(chromium, tmp_path):
    with designer(chromium, tmp_path) as page:
        page.locator("[data-block='target']").scroll_into_view_if_needed()
        drag(page, page.locator("[data-block='target']"), block(page, "hidden1"))
        edge(page, "channel: target -> hidden1").wait_for()
        assert 'path = "target -> hidden1"' in text_of(page)
        assert page.locator("#form h2").inner_text() == "Channel edge target -> hidden1"
        page.locator("#undo").click()
        edge(page, "channel: target -> hidden1").wait_for(state="detached")
        assert text_of(page) == SMALL
        page.keyboard.press("Control+Shift+Z")
        edge(page, "channel: target -> hidden1").wait_for()
        page.get_by_role("button", name="forward", exact=True).first.click()
        drag(page, block(page, "input"), block(page, "output"))
        edge(page, "forward: input -> output").wait_for()
        assert "# a comment" in text_of(page) and "# the channel" in text_of(page)


def test_keys_make_delete_and_bring_back_an_edge(chromium, tmp_path):
    with designer(chromium, tmp_path) as page:
        page.locator("#more").focus()
        page.keyboard.press("Enter")
        block(page, "new1").wait_for()
        assert "must have at least one edge" in page.locator("#mistakes").inner_text()
        block(page, "error").focus()
        page.keyboard.press("e")
        block(page, "new1").focus()
        page.keyboard.press("Enter")
        edge(page, "channel: error -> new1").wait_for()
        block(page, "new1").focus()
        page.keyboard.press("e")
        block(page, "hidden1").focus()
        page.keyboard.press("Enter")
        edge(page, "channel: new1 -> hidden1").wait_for()
        assert page.locator("#mistakes li").count() == 0
        edge(page, "channel: error -> hidden1").focus()
        page.keyboard.press("Delete")
        edge(page, "channel: error -> hidden1").wait_for(state="detached")
        assert nc.Network.from_text(text_of(page)).relays == ("new1",)
        page.keyboard.press("Control+z")
        edge(page, "channel: error -> hidden1").wait_for()


def test_a_wrong_key_is_marked_and_a_word_completed(chromium, tmp_path):
    with designer(chromium, tmp_path) as page:
        area = page.locator("#text")
        area.fill(SMALL.replace('"tanh"', '"tang"'))
        page.locator(".backdrop mark").wait_for()
        assert page.locator(".backdrop mark").inner_text() == 'activation = "tang"'
        assert "did you mean 'tanh'?" in page.locator("#mistakes").inner_text()
        assert page.locator(".numbers b").inner_text().strip() == "● 5"
        page.locator("#checked .note").first.filter(has_text="1 mistake").wait_for()
        area.fill(SMALL + "we")
        area.press("Control+Space")
        page.locator("#options li").first.wait_for()
        area.press("Enter")
        page.keyboard.type(' = "ad')
        page.locator("#options li", has_text="adaptive").wait_for()
        page.keyboard.press("Tab")
        page.locator(".legend", has_text="adaptive").wait_for()
        assert text_of(page) == SMALL + 'weights = "adaptive"'
        assert page.locator("#mistakes li").count() == 0


def test_a_form_sets_fields_and_lint_and_costs_follow(chromium, tmp_path):
    with designer(chromium, tmp_path) as page:
        edge(page, "channel: error -> hidden1").focus()
        page.keyboard.press("Enter")
        form = page.locator("#form")
        form.locator("summary", has_text="message").click()
        form.locator("[data-field='message.bits']").fill("1")
        page.keyboard.press("Tab")
        page.locator("#part-costs tr", has_text="bits sent").filter(has_text="10").wait_for()
        assert "message = { bits = 1 }" in text_of(page)
        block(page, "hidden1").click()
        form.get_by_role("heading", name="Population hidden1").wait_for()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("#python").click()
        page.locator("#said", has_text="Copied as Python.").wait_for()
        assert "'bits': 1" in page.evaluate("navigator.clipboard.readText()")
        page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject())")
        page.locator("#python").click()
        assert "'bits': 1" in page.get_by_label("The network as Python").input_value()
        page.keyboard.press("Escape")
        form.locator("[data-field='rename']").fill("deep")
        page.keyboard.press("Tab")
        edge(page, "channel: error -> deep").wait_for()
        assert 'path = "input -> deep -> output"' in text_of(page)


def test_training_draws_curves_of_two_channels_and_a_change_branches(chromium, tmp_path):
    with designer(chromium, tmp_path) as page:
        page.locator("#epochs").fill("five")
        page.locator("#train-start").click()
        page.locator("#said", has_text="between 1 and 10,000, got 'five'").wait_for()
        page.locator("#epochs").fill("5000")
        page.locator("#compare").fill("bp")
        page.locator("#train-start").click()
        page.locator("#loss .curve").nth(3).wait_for(state="attached")
        assert page.locator(".charts figure").count() == 3
        page.locator("#train-pause").click()
        page.locator("#train-resume:enabled").wait_for()
        page.locator("#text").fill(SMALL + 'weights = "adaptive"\n')
        page.locator(".learners li", has_text="branched once").wait_for()
        page.locator("#train-resume").click()
        page.locator("#loss .curve").nth(5).wait_for(state="attached")
        page.locator("#train-stop").click()
        page.locator(".learners li[data-state='stopped']").nth(1).wait_for()
        with page.context.expect_page() as opened:
            page.locator("#report").click()
        report = opened.value
        report.locator("#loss .curve").first.wait_for(state="attached")
        assert "small" in report.title() and "bp" in report.title()


def test_saving_writes_the_file_and_a_second_page_hears_of_changes(chromium, tmp_path):
    with designer(chromium, tmp_path) as page:
        other = page.context.new_page()
        other.goto(page.server.address)
        page.locator("#text").fill(SMALL.replace("12", "13"))
        other.locator("#canvas .block", has_text="13").locator("visible=true").wait_for()
        page.locator("#name").fill("mine.toml")
        page.locator("#save").click()
        page.locator("#saved", has_text=re.compile("^saved$")).wait_for()
        assert nc.read(tmp_path / "mine.toml").populations["hidden1"].size == 13
        page.locator("#name").fill("../mine.toml")
        page.locator("#save").click()
        page.locator("#said", has_text="without a path").wait_for()
        other.close()


def test_texts_run_no_script_and_the_page_says_that_the_server_is_gone(chromium, tmp_path):
    evil = (
        "<img src=x onerror=\\\"document.title = 'run'\\\"><script>document.title = 'run'</script>"
    )
    with designer(chromium, tmp_path, 420, "dark") as page:
        page.locator("#text").fill(SMALL.replace('"small"', f'"{evil}"'))
        page.locator("svg[aria-label*='<script>']:visible").wait_for()
        assert page.title() == "* " + evil.replace("\\", "")
        page.route("**/*", lambda route: route.abort())
        page.locator("#gone:visible", has_text="The server is gone").wait_for()
        page.unroute("**/*")
        page.locator("#gone").wait_for(state="hidden")
        assert evil in text_of(page)


def test_what_was_typed_while_the_server_was_gone_is_sent_before_it_is_saved(chromium, tmp_path):
    with designer(chromium, tmp_path) as page:
        page.route("**/*", lambda route: route.abort())
        page.locator("#text").fill(SMALL.replace("12", "14"))
        page.locator("#said", has_text="the server is gone").wait_for()
        page.locator("#save").click()
        page.unroute("**/*")
        page.locator("#canvas .block", has_text="14").locator("visible=true").wait_for()
        page.locator("#save").click()
        page.locator("#saved", has_text=re.compile("^saved$")).wait_for()
        assert nc.read(tmp_path / "small.toml").populations["hidden1"].size == 14


def test_a_text_that_is_refused_is_not_saved_as_the_one_before(chromium, tmp_path, monkeypatch):
    monkeypatch.setattr("neurochannel.lab.session.LARGEST", 1000)
    with designer(chromium, tmp_path) as page:
        page.locator("#text").fill(SMALL + "#" * 1000)
        page.locator("#said", has_text="at most 1,000 letters").wait_for()
        page.locator("#save").click()
        page.locator("#said", has_text="at most 1,000 letters").wait_for()
        assert not (tmp_path / "small.toml").exists()
        page.locator("#text").fill(SMALL.replace("12", "15"))
        page.locator("#save").click()
        page.locator("#saved", has_text=re.compile("^saved$")).wait_for()
        assert nc.read(tmp_path / "small.toml").populations["hidden1"].size == 15
