"""A browser for pages, if there is one here: Playwright and a Chromium."""

import os
import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("NEUROCHANNEL_CHROMIUM") or next(
    filter(None, map(shutil.which, NAMES)), None
)


DRAWN = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


@contextmanager
def browser():
    """Start Chromium without a window, or skip the tests that need it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium; install one, or name it in NEUROCHANNEL_CHROMIUM")
    with playwright.sync_playwright() as started:
        # As root, in containers, Chromium's own sandbox cannot work.
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=alone)
        yield chromium
        chromium.close()


@contextmanager
def opened(chromium, path, width=1280, scheme="light"):
    """Open a page from disk; it must request nothing, say nothing and fit the window."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, said, requests = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    # What is drawn when its width is known is there after the next frame.
    page.evaluate(DRAWN)
    yield page
    assert said == []
    assert requests == [path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
