"""Code as the README and the pages write it passes a type checker, and its tables are complete."""

import json
import subprocess
import sys
from typing import Required, get_origin, get_type_hints

import pytest

import neurochannel as nc
from neurochannel.model import defaults, edges, limits, network, populations, recipes, weights
from tests.test_docs import PAGES, ROOT, blocks

TABLES = [
    (nc.Message, limits.MessageOptions),
    (nc.Update, limits.UpdateOptions),
    (nc.Init, weights.InitOptions),
    (nc.Bias, populations.BiasOptions),
    (nc.Population, populations.PopulationOptions),
    (nc.ForwardEdges, edges.ForwardOptions),
    (nc.ChannelEdges, edges.ChannelEdgeOptions),
    (nc.Network, network.NetworkOptions),
    (defaults.Defaults, defaults.DefaultsOptions),
    (defaults.ForwardDefaults, defaults.ForwardDefaultOptions),
    (defaults.ChannelDefaults, defaults.ChannelDefaultOptions),
    (defaults.PopulationDefaults, defaults.PopulationDefaultOptions),
    (recipes.Recipe, recipes.RecipeOptions),
]
SETTINGS = """[mypy]
strict = true
follow_imports = silent
ignore_missing_imports = true
disallow_untyped_calls = false
"""
WRONG = """import neurochannel as nc

nc.ChannelEdges(path="error -> a", message={"bit": 3})
nc.ForwardEdges(path="a -> b", update={"bit": 3})
nc.srbp(update={"bits": "3", "scale": 0.1})
nc.Population(bias={"learned": True})
nc.Network(forward=[])
nc.mlp(4, 3, 2).with_defaults(channel={"message": {"bits": "3"}})
"""


@pytest.mark.parametrize(("model", "table"), TABLES, ids=lambda part: part.__name__)
def test_tables_have_the_keys_of_the_fields(model, table):
    hints = get_type_hints(table, include_extras=True)
    assert set(hints) == set(model.model_fields)
    needed = {name for name, field in model.model_fields.items() if field.is_required()}
    assert {name for name, hint in hints.items() if get_origin(hint) is Required} == needed


def checked(folder, **files):
    """Return what mypy says of modules, by module."""
    (folder / "settings.ini").write_text(SETTINGS)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", "settings.ini", "--no-error-summary"]
    done = subprocess.run(
        [*command, *(f"{name}.py" for name in files)],
        cwd=folder,
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert not done.stderr
    lines = done.stdout.splitlines()
    assert all(": error: " in line or ": note: " in line for line in lines), done.stdout
    return [line for line in lines if ": error: " in line]


def page_code():
    notebook = json.loads((ROOT / "docs" / "first-steps.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    found = {"notebook": "\n".join(cells)}
    for page in PAGES:
        code = [block.text for block in blocks(page) if block.language == "python"]
        if code:
            found[f"page_{page.stem.replace('-', '_')}"] = "\n".join(code)
    return found


@pytest.mark.slow
def test_code_of_all_pages_passes_mypy_and_wrong_tables_do_not(tmp_path):
    pytest.importorskip("mypy")
    pages = page_code()
    assert {"page_README", "page_python_api", "notebook"} <= pages.keys()
    found = checked(tmp_path, wrong=WRONG, **pages)
    assert [line for line in found if not line.startswith("wrong.py")] == []
    assert {int(line.split(":")[1]) for line in found} == set(range(3, 9)), found
