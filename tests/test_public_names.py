"""What users import: the names, how they are found, and what they cost."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import neurochannel as nc
from neurochannel.model.recipes import Recipe
from neurochannel.renamed import KEYWORDS, RENAMED

HEAVY = ["numpy", "numba", "pydantic", "networkx", "h5py", "matplotlib", "scipy", "rich", "pandas"]
PROMISED = {
    *("Network", "Population", "ForwardEdges", "ChannelEdges", "Message", "Receive", "Update"),
    *("Neuron", "Synapse", "Init", "Bias"),
    *("mlp", "bp", "sbp", "rbp", "srbp", "arbp", "asrbp", "kp", "cascade", "top_only"),
    *("convnet", "conv", "local", "pool"),
    *("bidirectional", "conjoined", "twin", "distinct"),
    *("Simulation", "train_many", "train_together", "Decay", "Data", "save", "load", "Checkpoint"),
    *("NeurochannelError", "NetworkError", "OptionError", "DataError", "CheckpointError"),
    "DivergenceError",
    *("Observe", "compare", "inspect", "ledger", "report"),
    *("Study", "points", "run_study", "outcomes", "curves", "summary", "paired"),
    "variance_split",
    *("read", "write", "from_networkx", "to_networkx", "from_arrays"),
    *("data", "plot", "errors", "theory", "__version__"),
}


def modules_after(statement):
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_promised_names_are_there(name):
    assert getattr(nc, name) is not None
    assert name in dir(nc)


def test_nothing_else_is_public():
    assert sorted(nc.__all__) == sorted(PROMISED)


def test_every_error_that_users_can_meet_is_a_public_name():
    kinds = {name for name, value in vars(nc.errors).items() if isinstance(value, type)}
    kinds = {
        name for name in kinds if issubclass(getattr(nc.errors, name), nc.errors.NeurochannelError)
    }
    assert kinds == {name for name in PROMISED if name.endswith("Error")}
    for name in kinds:
        assert getattr(nc, name) is getattr(nc.errors, name)


def test_every_error_is_in_the_documentation():
    page = Path(__file__).parents[1].joinpath("docs", "python-api.md").read_text(encoding="utf-8")
    table = page.split("## Errors", 1)[1]
    for name in PROMISED:
        if name.endswith("Error"):
            assert f"`{name}`" in table


def test_star_import_gives_all_of_them():
    found = {}
    exec("from neurochannel import *", found)
    assert set(found) >= PROMISED


def test_a_misspelled_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'neurochannel' has no attribute 'Netwrok'"):
        _ = nc.Netwrok


def test_type_checkers_see_the_same_names_as_python():
    tree = ast.parse(Path(nc.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = set()
    for node in guarded.body:
        if isinstance(node, ast.ImportFrom):
            seen |= {alias.name for alias in node.names}
        elif isinstance(node, ast.AnnAssign):
            seen.add(node.target.id)
    assert seen == set(nc.__all__)


def test_type_checkers_are_told_that_there_are_hints():
    assert Path(nc.__file__).with_name("py.typed").exists()


def test_importing_the_package_imports_nothing_heavy():
    assert modules_after("import neurochannel").isdisjoint(HEAVY)


def test_the_command_line_starts_without_anything_heavy():
    assert modules_after("import neurochannel.cli").isdisjoint(HEAVY)


def test_pandas_is_imported_where_a_frame_is_made(tmp_path):
    run = (
        "import neurochannel as nc\n"
        "study = nc.Study(network=nc.mlp(None, 3, None), train={'epochs': 1, 'batch_size': 100})\n"
        f"folder = nc.run_study(study, {str(tmp_path)!r}, progress=False)\n"
        "run = nc.Simulation(study.network, nc.data.load('digits'), batch_size=100)\n"
        "run.train(1, progress=False)\n"
        "nc.plot.learning_curves(run)\n"
    )
    assert "pandas" not in modules_after(run)
    assert "pandas" in modules_after(run + "nc.outcomes(folder)")


def test_describing_a_network_needs_no_compiler_and_no_figures():
    loaded = modules_after("import neurochannel as nc; nc.mlp(2, 3, 1).with_channel(nc.bp())")
    assert loaded.isdisjoint({"numba", "matplotlib", "h5py"})


def test_the_layout_of_drawings_needs_no_matplotlib():
    loaded = modules_after(
        "from neurochannel.plot.layout.arrange import arrange\n"
        "from neurochannel.plot.layout.scene import scene_of\n"
        "import neurochannel.plot.layout.circles, neurochannel as nc\n"
        "arrange(scene_of(nc.mlp(4, 3, 2).with_channel(nc.srbp(bits=3))), 3.5)"
    )
    assert "neurochannel.plot.layout.arrange" in loaded
    assert "matplotlib" not in loaded


def test_drawing_needs_no_pyplot():
    loaded = modules_after("import neurochannel as nc; nc.plot.learning_curves")
    assert "matplotlib.figure" in loaded
    assert "matplotlib.pyplot" not in loaded


@pytest.mark.parametrize("old", RENAMED)
def test_a_name_that_is_gone_tells_the_new_one(old):
    owner, name = old.split(".")
    kind = getattr(nc, owner, nc)
    if kind is nc.Simulation:
        holders = [nc.Simulation(nc.mlp(2, 2, 2))]
    else:
        holders = [nc] if kind is nc else [kind, kind.model_construct()]
    for holder in holders:
        with pytest.raises(AttributeError) as caught:
            getattr(holder, name)
        assert str(caught.value) == f"{old} is gone; use {RENAMED[old]}"
        assert not hasattr(holder, name)
        with pytest.raises(AttributeError, match="nothing_at_all"):
            _ = holder.nothing_at_all
    home, new = RENAMED[old].partition("(")[0].split(".")
    assert callable(getattr({"nc": nc, "run": nc.Simulation}[home], new))


def test_the_page_on_migrating_lists_every_name_that_is_gone():
    page = Path(__file__).parents[1].joinpath("docs", "migrating.md").read_text(encoding="utf-8")
    for old, new in RENAMED.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{old}"))
        assert new.partition("(")[0] in row


OLD_KEYWORDS = {
    ("Recipe", "distribution"): lambda old: nc.srbp(**old),
    ("to_networkx", "weights"): lambda old: nc.to_networkx(nc.mlp(2, 2, 2), **old),
    ("write", "weights"): lambda old: nc.write(nc.mlp(2, 2, 2), "never.npz", **old),
}


def test_every_keyword_that_is_gone_is_tried():
    assert {(owner, old) for owner, names in KEYWORDS.items() for old in names} == set(OLD_KEYWORDS)


@pytest.mark.parametrize(("owner", "old"), OLD_KEYWORDS)
def test_a_keyword_that_is_gone_tells_the_new_one(owner, old):
    new = KEYWORDS[owner][old]
    with pytest.raises(nc.NeurochannelError) as caught:
        OLD_KEYWORDS[owner, old]({old: "he"})
    assert str(caught.value) == f"{old} is gone; use {new}"
    taken = Recipe if owner == "Recipe" else getattr(nc, owner)
    assert new in inspect.signature(taken).parameters
    page = Path(__file__).parents[1].joinpath("docs", "migrating.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| .*\b{old}=.*\| .*\b{new}=", page, re.M)
