"""The JSON interface of the designer, over HTTP and without a browser."""

import json
import subprocess
import sys

import pytest

import neurochannel as nc
from neurochannel.lab.network_edits import EDITS
from neurochannel.lab.security import HEADERS, LARGEST_BODY
from neurochannel.lab.serving import beginning, listening
from neurochannel.model.gallery import shipped
from tests.lab.serving import PATIENCE, SMALL, TOKEN, served


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("designed")


@pytest.fixture(scope="module")
def designer(folder):
    with served(folder) as server:
        yield server


@pytest.fixture(autouse=True)
def small(request):
    """Begin every test with the same text."""
    if "designer" in request.fixturenames:
        request.getfixturevalue("designer").change("text", text=SMALL)


REFUSED = [
    ("GET", f"/{TOKEN}/state", {"host": "evil.example"}, 403, "host"),
    ("GET", f"/{TOKEN}/state", {"host": "127.0.0.1:1"}, 403, "host"),
    ("GET", f"/{TOKEN}/state", {"origin": "http://evil.example"}, 403, "origin"),
    ("POST", f"/{TOKEN}/undo", {"origin": "null"}, 403, "origin"),
    ("GET", "/state", {}, 404, "token"),
    ("GET", "/", {}, 404, "token"),
    ("GET", f"/{TOKEN}x/state", {}, 404, "token"),
    ("POST", f"/{TOKEN}/undo", {"content-type": "text/plain"}, 415, "application/json"),
    ("POST", f"/{TOKEN}/undo", {"content-length": str(LARGEST_BODY + 1)}, 413, "at most"),
    ("GET", f"/{TOKEN}/files/a", {}, 404, "no GET of '/files/a'"),
    ("GET", f"/{TOKEN}/undo", {}, 405, "no GET of '/undo'"),
    ("POST", f"/{TOKEN}/state", {}, 405, "no POST of '/state'"),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "word"), REFUSED)
def test_strangers_are_refused(designer, method, path, headers, status, word):
    response, content = designer.send(method, path, None, headers)
    assert response.status == status
    assert word in json.loads(content)["error"]


def test_answers_are_for_this_page_only(designer):
    response, content = designer.send("GET", f"/{TOKEN}/")
    assert response.status == 200
    assert {name: response.getheader(name) for name in HEADERS} == HEADERS
    assert response.getheader("access-control-allow-origin") is None
    policy = content.decode().split('Content-Security-Policy" content="', 1)[1].split('"', 1)[0]
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_no_object_is_refused_in_a_sentence(designer, body):
    response, content = designer.send("POST", f"/{TOKEN}/text", body)
    assert response.status == 400
    assert json.loads(content) == {"error": "the request must be an object of JSON"}


def test_a_text_is_changed_undone_and_read_again(designer):
    wrong = designer.change("text", text=SMALL.replace("12", "0"))
    (mark,) = wrong["marks"]
    assert mark["sentence"].startswith("populations.hidden1.size must be at least 1, got 0")
    assert mark["line"] == 5 and wrong["text"][mark["start"] : mark["end"]] == "size = 0"
    assert designer.get("inspection")["sentence"] == (
        "The text has 1 mistake; they are marked in it."
    )
    assert designer.change("undo")["text"] == SMALL
    state = designer.get("state")
    assert state["tree"]["populations"]["hidden1"] == {"size": 12, "activation": "tanh"}
    assert designer.get(f"state?seen={state['revision']}") == {"revision": state["revision"]}


def test_all_that_is_told_is_what_python_says(designer):
    state, told = designer.get("state"), designer.get("inspection")
    found = nc.inspect(nc.Network.from_text(state["text"]), data="digits", self_test=False)
    costs = next(part["html"] for part in told["parts"] if part["name"] == "costs")
    assert [part["name"] for part in told["parts"]] == ["lint", "costs", "locality"]
    assert f"{found.ledger.totals()['channel_multiply_adds']:,}" in costs
    assert set(told["facts"]) == {f"{row.kind}: {row.bundle}" for row in found.ledger.bundles}
    code = {}
    exec(designer.get("python")["text"], code)
    assert code["network"] == nc.Network.from_text(state["text"])
    drawn = designer.get("drawing")
    assert not drawn["sketch"]
    for edge in state["edges"]:
        assert (
            f'data-edge="{edge["kind"]}: {edge["source"]} -&gt; {edge["target"]}"' in drawn["still"]
        )


def test_an_edit_makes_an_edge(designer):
    state = designer.edit(do="add_edge", kind="channel", source="target", target="hidden1")
    assert state["text"] == SMALL + '\n[[channel]]\npath = "target -> hidden1"\n'
    assert {
        "kind": "channel",
        "source": "target",
        "target": "hidden1",
        "entry": 1,
        "shared": 1,
    } in (state["edges"])
    assert designer.edit(400, do="fly")["error"].startswith("do must be one of")
    assert set(EDITS) == {
        *("add_edge", "remove_edge", "part_edge", "add_population", "remove_population"),
        *("rename_population", "set"),
    }


def test_a_change_of_an_older_text_is_a_conflict(designer):
    designer.post("text", 409, revision=0, text="")
    assert designer.get("state")["text"] == SMALL


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_topology_can_be_begun_with(designer, name):
    state = designer.post("open", topology=name)
    assert state["marks"] == [] and state["name"] == f"{name}.toml" and not state["saved"]
    assert designer.get("inspection")["parts"]
    if len(state["edges"]) < 60:  # larger drawings take seconds, and have tests of their own
        assert designer.get("drawing")["still"]


def test_files_are_saved_and_opened_in_the_folder_only(designer, folder):
    saved = designer.change("save", name="own.toml")
    assert saved["saved"] and (folder / "own.toml").read_text(encoding="utf-8") == SMALL
    designer.change("text", text=SMALL + "\n")
    assert designer.change("save", name="own.toml")["saved"]
    (folder / "other.toml").write_text(SMALL, encoding="utf-8")
    assert "exists" in designer.change("save", 400, name="other.toml")["error"]
    assert designer.change("save", name="other.toml", overwrite=True)["name"] == "other.toml"
    (folder / "other.toml").write_text("# by others", encoding="utf-8")
    assert "changed by others" in designer.change("save", 400, name="other.toml")["error"]
    assert "own.toml" in designer.get("choices")["files"]
    assert designer.post("open", name="own.toml")["text"] == SMALL + "\n"
    for name in ("../own.toml", "/etc/passwd", "missing.toml"):
        assert "error" in designer.post("open", 400, name=name)
    assert "error" in designer.change("save", 400, name="../x.toml")
    assert not (folder.parent / "x.toml").exists()


def test_data_that_does_not_fit_is_told(designer):
    designer.change("text", text=SMALL.replace("input   = {}", "input = { size = 3 }"))
    told = designer.get("inspection")
    assert "must be 64, the number of inputs in the data, got 3" in told["sentence"]
    wishes = {"epochs": 1, "rate": 0.1, "batch_size": 10, "seed": 0}
    assert "must be 64" in designer.post("train", 400, do="start", **wishes)["error"]
    assert "data must be one of" in designer.post("train", 400, do="start", data="../x")["error"]


def test_a_network_that_would_fill_the_memory_is_not_inspected(designer):
    designer.change("text", text=SMALL.replace("12", "2_000_000_000"))
    told = designer.get("inspection")
    assert told["parts"] == [] and "at most 10,000,000 edges to be checked here" in told["sentence"]
    assert designer.get("drawing")["still"]
    assert designer.send("GET", f"/{TOKEN}/report")[0].status == 400


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        ({"epochs": 0}, "epochs must be a whole number between 1 and 10,000, got 0"),
        ({"rate": "x"}, "rate must be a number greater than 0"),
        ({"batch_size": 1.5}, "batch_size must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"compare": "srpb"}, "did you mean"),
        ({"do": "fly"}, "do must be pause, resume or stop"),
    ],
)
def test_wrong_wishes_for_training_are_refused_in_a_sentence(designer, wishes, sentence):
    body = {"do": "start", "epochs": 1, "rate": 0.1, "batch_size": 10, "seed": 0, **wishes}
    assert sentence in designer.post("train", 400, **body)["error"]


def _colors(training):
    loss = next((chart["data"] for chart in training["charts"] if chart["name"] == "loss"), None)
    return {one["name"]: one["hue"] for one in loss["series"]} if loss else {}


@pytest.mark.slow
def test_training_learns_what_a_simulation_learns_and_branches(designer):
    wishes = {"rate": 0.1, "batch_size": 50, "seed": 3, "compare": "bp"}
    designer.post("train", do="start", epochs=3, **wishes)
    done = designer.until(lambda now: all(one["state"] == "done" for one in now["learners"]))
    run = nc.Simulation(nc.Network.from_text(SMALL), nc.data.load("digits"), batch_size=50, seed=3)
    run.train(3, progress=False)
    loss = next(chart["data"] for chart in done["charts"] if chart["name"] == "loss")
    curve = next(one for one in loss["series"] if one["name"] == "small, test")
    assert curve["y"] == pytest.approx(list(run.history["test_loss"]), rel=1e-3)
    assert {one["name"].partition(",")[0] for one in loss["series"]} == {"small", "bp"}
    assert [chart["name"] for chart in done["charts"]] == ["loss", "error", "alignment-hidden1"]

    designer.post("train", do="start", epochs=10_000, **wishes)
    designer.until(lambda now: all(one["epoch"] > 2 for one in now["learners"]))
    before = _colors(designer.get("training"))
    designer.change("text", text=SMALL + 'weights = "adaptive"\n')
    branched = designer.until(lambda now: any("from epoch" in name for name in _colors(now)))
    assert len(before) == 4 and before.items() < _colors(branched).items()
    assert branched["learners"][0]["branches"] == 1
    designer.change("text", text=SMALL.replace("hidden1", "other"))
    told = designer.until(lambda now: now["learners"][0]["sentence"])
    assert "shares no bundle" in told["learners"][0]["sentence"]
    designer.post("train", do="stop")
    stopped = designer.until(lambda now: now["learners"][0]["state"] == "stopped")
    assert stopped["learners"][0]["epoch"] >= branched["learners"][0]["epoch"]
    page = designer.send("GET", f"/{TOKEN}/report")[1].decode()
    assert "adaptive" in page and "<h1>" in page and "neurochannel-lab" not in page

    designer.change("text", text=SMALL)
    designer.post("train", do="start", epochs=10_000, **wishes | {"compare": ""})
    (learner,) = designer.designer.learners._learners.values()
    learner._process.kill()
    ended = designer.until(lambda now: now["learners"][0]["state"] == "failed")
    assert "has ended by itself" in ended["learners"][0]["sentence"]


@pytest.mark.slow
def test_a_report_of_a_network_is_opened_and_one_of_mistakes_is_not(designer):
    designer.learners = designer.designer.learners.close()
    response, page = designer.send("GET", f"/{TOKEN}/report")
    assert response.status == 200 and b"Self-test" in page
    designer.change("text", text="")
    response, page = designer.send("GET", f"/{TOKEN}/report")
    assert response.status == 400 and b"populations is missing" in page


def test_a_port_in_use_is_told_in_a_sentence():
    with listening(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(nc.OptionError, match=f"--port must be one that is free, got {port}"):
            listening(port)


def test_what_is_named_decides_the_folder_and_the_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "own.toml").write_text(SMALL, encoding="utf-8")
    shelf, name, text, is_saved = beginning("in/own.toml")
    assert (shelf.folder, name, text, is_saved) == (tmp_path / "in", "own.toml", SMALL, True)
    shelf, name, text, is_saved = beginning("small_world")
    assert (shelf.folder, name, is_saved) == (tmp_path, "small_world.toml", False)
    assert nc.Network.from_text(text) == nc.read("small_world")
    with pytest.raises(nc.NetworkError, match="there is no such file"):
        beginning("missing.toml")


def test_without_the_extra_the_command_tells_what_to_install(monkeypatch):
    from neurochannel.lab import serving

    monkeypatch.setattr(serving, "find_spec", lambda name: None)
    with pytest.raises(nc.OptionError, match="pip install 'neurochannel\\[lab\\]'"):
        serving.check_installed()


@pytest.mark.slow
def test_the_command_serves_until_it_is_ended(tmp_path):
    import signal
    import urllib.request

    command = [sys.executable, "-m", "neurochannel", "design", "--no-browser", "--json"]
    started = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    address = json.loads(started.stdout.readline())["address"]
    with urllib.request.urlopen(f"{address}state", timeout=PATIENCE) as answer:
        assert json.loads(answer.read())["name"] == "srbp.toml"
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=PATIENCE)
    assert started.returncode == 130 and "Traceback" not in err and out == ""
