"""The designer's page is one file: our script, our style, and nothing from anywhere."""

from importlib.resources import files

from neurochannel.lab import lab_page as page
from neurochannel.reports.page.frame import asset
from tests.reports.pages import Page, check_script

FOLDER = files("neurochannel.lab") / "page"


def test_the_script_is_all_modules_and_their_names_differ():
    own = {name: (FOLDER / name).read_text(encoding="utf-8") for name in page.MODULES}
    assert sorted(own) == sorted(path.name for path in FOLDER.iterdir() if path.suffix == ".js")
    check_script({name: asset(name) for name in page.SHARED} | own)


def test_the_page_names_every_control_and_loads_nothing():
    made = Page(page.lab_page())
    ids = [e.attributes["id"] for e in made.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    loading = [e.attributes.get(key) for e in made.elements for key in ("src", "href")]
    assert [value for value in loading if value not in (None, "data:,")] == []
    policy = next(
        e.attributes["content"]
        for e in made.elements
        if e.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy and policy.endswith("connect-src 'self'")
