"""What a user of Jupyter and IPython sees: a kernel runs the cells, as a notebook would."""

import base64
import inspect
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import neurochannel as nc
from neurochannel import hooks, notebook
from neurochannel.engine.progress import progress_bar
from neurochannel.model.recipes import ChannelOptions

FIRST_STEPS = Path(__file__).parents[1] / "docs" / "first-steps.ipynb"
# What Jupyter's own packages deprecate or leave open is not ours to repair.
pytestmark = pytest.mark.filterwarnings("default")

SETUP = """
import neurochannel as nc
network = nc.mlp(64, 5, 10, name="small <net>").with_channel(nc.srbp(bits=3))
run = nc.Simulation(network, nc.data.load("digits"), batch_size=50)
"""
WATCHED = """
watched = nc.Simulation(network, nc.data.load("digits"), batch_size=50)
watched.train(1, progress=False, callbacks=[nc.Observe("alignment")])
"""
COMPLETE = """
line = {!r}
print(get_ipython().kernel.do_complete(line, len(line))["matches"])
"""
CELLS = {
    "setup": SETUP,
    "network": "network",
    "ledger": "nc.ledger(network)",
    "comparison": "nc.compare(network, 'bp,rbp')",
    "inspection": "nc.inspect(network, self_test=False)",
    "frame": "import pandas; nc.summary(pandas.DataFrame({'x': [1, 2]}), 'x')",
    "watched": WATCHED,
    "listed": "[nc.ledger(network)]",
    "printed": "print(nc.inspect(network, self_test=False))",
    "training": "run.train(2);",
    "silent": "run.train(1, progress=False);",
    "figure": "nc.plot.learning_curves(run)",
    "weights": COMPLETE.format('run.weights["'),
    "history": COMPLETE.format('run.history["'),
    "observations": COMPLETE.format('watched.history.observations["'),
    "options": COMPLETE.format("nc.srbp(fan"),
    "signature": "import inspect; print(inspect.signature(nc.srbp))",
    "unsized": "nc.mlp(None, 5, None)",
    "mine": "from matplotlib.figure import Figure; Figure()",
}


def executed(cells):
    made = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(made, timeout=300, kernel_name="python3").execute()
    return made.cells


@pytest.fixture(scope="module")
def outputs():
    cells = executed([nbformat.v4.new_code_cell(code) for code in CELLS.values()])
    return dict(zip(CELLS, (cell.outputs for cell in cells), strict=True))


def shown(outputs, name):
    """Return what the only output of a cell holds, by kind."""
    (output,) = outputs[name]
    return output.data


def size_of(png):
    content = base64.b64decode(png)
    assert content.startswith(b"\x89PNG")
    return [int.from_bytes(content[at : at + 4], "big") for at in (16, 20)]


@pytest.mark.parametrize("name", ["network", "figure", "unsized", "mine"])
def test_networks_and_figures_are_pictures(outputs, name):
    width, height = size_of(shown(outputs, name)["image/png"])
    assert width > 300 and height > 100


@pytest.mark.parametrize("name", ["ledger", "comparison", "inspection"])
def test_reports_are_tables(outputs, name):
    found = shown(outputs, name)
    assert "<table>" in found["text/html"] and "<net>" not in found["text/html"]
    assert not found["text/plain"].startswith("<")


def test_frames_show_as_pandas_shows_them(outputs):
    assert 'class="dataframe"' in shown(outputs, "frame")["text/html"]


def test_a_network_is_readable_as_text_too(outputs):
    assert shown(outputs, "network")["text/plain"].startswith("small <net>: input 64")


def test_a_value_in_a_list_is_written_as_python_does(outputs):
    assert shown(outputs, "listed")["text/plain"].startswith("[Ledger(")


def test_a_printed_report_is_one_text_without_empty_blocks(outputs):
    (output,) = outputs["printed"]
    assert output.output_type == "stream" and "Forward graph" in output.text
    assert "\n\n\n" not in output.text


def test_training_shows_a_bar_that_stays_as_one_line(outputs):
    found = shown(outputs, "training")
    assert found["text/plain"].startswith("epoch 2/2 · test accuracy ")
    assert 'value="2.000" max="2"' in found["text/html"]
    assert outputs["silent"] == []


def test_keys_and_options_are_completed(outputs):
    assert "input -> hidden1" in outputs["weights"][0].text
    assert "test_accuracy" in outputs["history"][0].text
    assert "alignment: hidden1" in outputs["observations"][0].text
    assert "fan_in=" in outputs["options"][0].text
    assert "fan_in: int | None = None" in outputs["signature"][0].text


def test_the_extension_is_loaded_before_the_package_and_once_more():
    cells = ["%load_ext neurochannel.notebook", SETUP, "network", "nc.ledger(network)"]
    again = ["%reload_ext neurochannel.notebook", "network", "run.train(1);"]
    done = executed([nbformat.v4.new_code_cell(code) for code in cells + again])
    kinds = [[set(output.get("data", {})) for output in cell.outputs] for cell in done]
    drawing, report = {"image/png", "text/plain"}, {"text/html", "text/plain"}
    assert kinds == [[], [], [drawing], [report], [], [drawing], [report]]


def test_the_first_steps_run_and_show_something():
    cells = [cell for cell in nbformat.read(FIRST_STEPS, 4).cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] for cell in cells)
    done = executed(cells)
    kinds = [kind for cell in done for output in cell.outputs for kind in output.get("data", {})]
    assert kinds.count("image/png") == 4 and kinds.count("text/html") == 4
    assert not any(output.get("name") == "stderr" for cell in done for output in cell.outputs)


def test_the_links_of_the_first_steps_lead_somewhere():
    text = "\n".join(cell.source for cell in nbformat.read(FIRST_STEPS, 4).cells)
    pages = [part.split(")")[0] for part in text.split("](")[1:]]
    assert pages and all((FIRST_STEPS.parent / page).is_file() for page in pages)


# --- without a kernel ----------------------------------------------------------------------------


def test_ipython_is_not_loaded_by_the_package():
    code = "import neurochannel, neurochannel.cli, sys; print('IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_ipython_without_a_shell_changes_nothing():
    code = (
        "import IPython, neurochannel as nc; print(nc.hooks.notebook_bar, 'numpy' in nc.__dict__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "None False\n"


def test_figures_that_somebody_else_shows_are_left_to_him():
    from IPython.core.formatters import PNGFormatter
    from matplotlib.figure import Figure

    formatter = PNGFormatter()
    assert not notebook._is_shown(formatter)
    formatter.for_type(Figure, lambda figure: b"")
    assert notebook._is_shown(formatter)


def test_a_bar_of_a_notebook_is_not_shown_where_none_is_wanted(monkeypatch):
    monkeypatch.setattr(hooks, "notebook_bar", lambda total, what: pytest.fail("not wanted"))
    with progress_bar(3, False) as report:
        report(1.0, None)


TAKE_OPTIONS = {
    **dict.fromkeys(("bp", "sbp", "rbp", "srbp", "arbp", "asrbp", "kp", "cascade")),
    **dict.fromkeys(("bidirectional", "conjoined")),
    **dict.fromkeys(("twin", "distinct"), "to"),
}


@pytest.mark.parametrize("name", TAKE_OPTIONS)
def test_signature_and_help_list_every_option(name):
    recipe, without = getattr(nc, name), TAKE_OPTIONS[name]
    options = [key for key in ChannelOptions.__annotations__ if key != without]
    parameters = inspect.signature(recipe).parameters
    assert [key for key in parameters if key in ChannelOptions.__annotations__] == options
    for option in options:
        assert f"\n{option}\n    " in recipe.__doc__
        first = (4,) if name == "distinct" else ()
        given = {option: parameters[option].default}
        if given[option] is not None:
            assert recipe(*first, **given) == recipe(*first)


def test_dir_shows_what_is_public():
    run = nc.Simulation(nc.mlp(4, 3, 2).with_channel(nc.bp()))
    assert {"train", "weights", "history", "evaluate"} <= set(dir(run))
    assert not [name for name in dir(run) if name.startswith("_")]
    for room in (nc.plot, nc.data):
        assert dir(room) == sorted(room.__all__)
        assert all(hasattr(room, name) for name in dir(room))


def test_keys_of_every_mapping_are_offered():
    run = nc.Simulation(nc.mlp(4, 3, 2).with_channel(nc.bp()))
    for mapping in (run.weights, run.biases, run.channel_weights, run.history):
        assert mapping._ipython_key_completions_() == list(mapping)
    run.history.observations.add("mine", 0, 1.0)
    assert run.history.observations._ipython_key_completions_() == ["mine"]
