"""Reads pages as a browser would, and complains of what must not be in one."""

import json
import re
from html.parser import HTMLParser
from typing import NamedTuple

from neurochannel.reports.page.frame import joined

UNSAFE = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(")
VOID = {"meta", "link", "input", "br", "img", "path", "rect", "polygon", "circle"}
RAW = {"script", "style"}


def check_script(modules):
    """Check that modules, by name, can be one script: names differ, imports are there."""
    script = joined(modules.values())
    assert not re.search(r"^(import|export)\b", script, re.M)
    names = re.findall(r"^(?:async )?(?:function|class) (\w+)", script, re.M)
    for declared in re.findall(r"^(?:const|let) (.*)", script, re.M):
        names += re.findall(r"(?:^|, )(\w+) = ", declared)
    assert len(names) == len(set(names))
    for text in modules.values():
        for imported, source in re.findall(r"^import \{([^}]*)\}\s+from \"\./(.*?)\";", text, re.M):
            for word in imported.replace(",", " ").split():
                exported = rf"^export (function|const|class) {word}\b"
                assert re.search(exported, modules[source], re.M), word
        assert not UNSAFE.search(text)


class Element(NamedTuple):
    tag: str
    attributes: dict


class Page(HTMLParser):
    """Elements, texts and data of a page whose tags are closed in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.source, self.elements, self.texts, self.raw = text, [], [], {}
        self._open = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        element = Element(tag, dict(attributes))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.elements.append(Element(tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self._open.pop().tag == tag

    def handle_data(self, text):
        tag = self._open[-1].tag if self._open else ""
        if tag in RAW:
            element = self._open[-1]
            self.raw[element.attributes.get("id", tag)] = text
        elif text.strip():
            self.texts.append(text)

    @property
    def text(self):
        return "\n".join(self.texts)

    @property
    def data(self):
        return json.loads(self.raw["data"])

    def all(self, tag, **attributes):
        wanted = {name.strip("_"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and wanted.items() <= element.attributes.items()
        ]

    def titles(self):
        return re.findall(r"<h2>(.*?)</h2>", self.source)


def read(path):
    """Return a page that keeps the promises of all: one file, no request, ids of their own."""
    page = Page(path.read_text(encoding="utf-8"))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        names = set(element.attributes)
        assert not {name for name in names if name.startswith("on")} | names & {"src", "style"}
        if "href" in names:
            assert re.match("#|data:,$", element.attributes["href"]), element
    assert not re.search(r"url\(|@import", page.raw["style"])
    assert [e.attributes.get("type") for e in page.all("script")] == ["application/json", "module"]
    figures = page.all("figure")
    assert {figure.attributes["id"] for figure in figures} == set(page.data)
    assert all(figure.attributes["aria-label"] for figure in figures)
    return page
