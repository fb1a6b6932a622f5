"""Pages of runs, without a browser."""

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.observe.passage import passage
from neurochannel.observe.weight_sizes import rms_weights
from tests.reports.pages import read

DATA = nc.data.load("digits")
LIMITED = nc.srbp(bits=2, quantizer="uniform")


def trained(seed=0, channel=LIMITED, epochs=4, observe=True, **options):
    network = nc.mlp(None, 20, None, name="small").with_channel(channel)
    run = nc.Simulation(network, DATA, batch_size=50, seed=seed, **options)
    run.train(epochs, [nc.Observe(at=(0, 1, epochs))] if observe else [], progress=False)
    return run


@pytest.fixture(scope="module")
def seeds():
    return [trained(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, seeds):
    folder = tmp_path_factory.mktemp("runs")
    for run in seeds:
        nc.save(run, folder / f"seed{run.seed}.h5")
    return folder


@pytest.fixture(scope="module")
def page(folder):
    return read(nc.report(folder / "seed0.h5", folder / "one.html"))


@pytest.fixture(scope="module")
def page_of_seeds(folder):
    paths = [folder / f"seed{seed}.h5" for seed in range(3)]
    return read(nc.report(paths, folder / "seeds.html"))


def test_curves_are_the_history(page, seeds):
    history = seeds[0].history
    test, train = page.data["loss"]["series"]
    assert (test["name"], train["name"]) == ("test", "train")
    assert test["x"] == history["epoch"].tolist()
    assert test["y"] == pytest.approx(history["test_loss"], rel=1e-4)
    error = page.data["error"]["series"][1]
    assert error["y"] == pytest.approx(100 * (1 - history["train_accuracy"]), rel=1e-4, abs=1e-3)
    assert error["low"] is None


def test_seeds_are_drawn_as_a_mean_and_a_band(page_of_seeds, seeds):
    losses = np.array([run.history["test_loss"] for run in seeds])
    test = page_of_seeds.data["loss"]["series"][0]
    assert test["y"] == pytest.approx(losses.mean(axis=0), rel=1e-4)
    assert test["low"] == pytest.approx(losses.min(axis=0), rel=1e-4)
    assert test["high"] == pytest.approx(losses.max(axis=0), rel=1e-4)
    assert "0, 1 and 2" in page_of_seeds.text


def test_angles_and_messages_are_what_was_observed(page, page_of_seeds, seeds):
    angles = [run.history.observations["alignment: hidden1"] for run in seeds]
    (one,) = page.data["alignment"]["series"]
    assert one["x"] == [0, 1, 4]
    assert one["y"] == pytest.approx(angles[0].values, rel=1e-4)
    assert page.data["alignment"]["mark"] == 90
    said = seeds[0].history.observations["messages: error -> hidden1"]
    (name,) = [name for name in page.data if name.startswith("messages")]
    shown = page.data[name]
    assert shown["epochs"] == said.epochs.tolist()
    assert shown["labels"] == list(said.labels)
    assert np.allclose(shown["values"], said.values, rtol=1e-4)
    entropy = seeds[0].history.observations["entropy: error -> hidden1"].values
    assert shown["entropy"] == pytest.approx(entropy, rel=1e-3)
    several = page_of_seeds.data[name]["values"]
    means = np.mean([r.history.observations["messages: error -> hidden1"].values for r in seeds], 0)
    assert np.allclose(several, means, rtol=1e-3, atol=1e-5)


def test_edges_tell_the_size_of_their_weights(page, seeds):
    sizes = rms_weights(seeds[0])
    assert page.data["drawing"]["rms"] == pytest.approx(sizes, rel=1e-4)
    weights = np.asarray(seeds[0].weights["input -> hidden1"], np.float64)
    assert sizes["forward: input -> hidden1"] == pytest.approx(np.sqrt(np.mean(weights**2)))
    facts = dict(page.data["drawing"]["facts"]["channel: error -> hidden1"])
    assert float(facts["rms weight"]) == pytest.approx(sizes["channel: error -> hidden1"], rel=1e-2)


def test_the_example_passes_through_the_network(page, seeds):
    steps = page.data["example"]["steps"]
    assert [step["title"] for step in steps] == [
        "activity of input",
        "activity of hidden1",
        "activity of output",
        "error, from which the channel starts",
        "message over error -> hidden1",
        "learning signal of hidden1",
    ]
    message = steps[4]
    assert message["marks"] == "channel: error -> hidden1"
    assert len(set(message["values"])) <= 4 < len(set(message["sent"]))
    predicted = seeds[0].predict(DATA.test.x[:256])
    off = np.sum((predicted - np.eye(10)[DATA.test.t[:256]]) ** 2, axis=1)
    assert f"Example {off.argmax()} of the test split" in page.text
    assert steps[2]["values"] == pytest.approx(predicted[off.argmax()], rel=1e-3, abs=1e-9)


def test_a_passage_is_what_a_step_would_do(seeds):
    run, x, t = seeds[0], DATA.test.x[:1], DATA.test.t[:1]
    before = {name: run.weights[name].copy() for name in run.weights}
    found = {(step.kind, step.name): step for step in passage(run, x, t)}
    activity, signals = run.forward(x), run.learning_signals(x, t)
    for name in ("input", "hidden1", "output"):
        assert np.allclose(found["activity", name].values, activity[name][0], atol=1e-6)
    assert np.array_equal(found["start", "error"].values, signals["error"][0])
    assert np.array_equal(found["signal", "hidden1"].values, signals["hidden1"][0])
    message = found["message", "error -> hidden1"]
    assert np.array_equal(message.sent, signals["error"][0])
    got = message.values @ np.asarray(run.channel_weights["error -> hidden1"])
    slope = 1 - activity["hidden1"][0] ** 2
    assert np.allclose(found["signal", "hidden1"].values, got * slope, atol=1e-6)
    assert all(np.array_equal(run.weights[name], before[name]) for name in before)


@pytest.mark.parametrize(
    "name", ["twin", "relay", "target_projection", "mixed", "top_only", "quadtree"]
)
def test_any_network_lets_an_example_pass(name):
    run = nc.Simulation(nc.read(name), DATA)
    steps = passage(run, DATA.test.x[:1], DATA.test.t[:1])
    names = [(step.kind, step.name) for step in steps]
    assert len(names) == len(set(names))
    assert [name for kind, name in names if kind == "activity"] == list(run.network.forward_order)
    messages = {name for kind, name in names if kind == "message"}
    assert messages == {bundle.name for bundle in run.network.channel_bundles}


def test_the_head_tells_how_to_make_the_run_again(page, folder):
    again = "neurochannel train small.toml --data digits --epochs 4 --batch-size 50 --rate 0.1"
    assert f"{again} --seed 0 --out small.h5" in page.text
    assert f"neurochannel report {folder / 'seed0.h5'} -o" in page.text
    assert DATA.fingerprint[:16] in page.text
    assert nc.__version__ in page.text


def test_different_learners_stand_side_by_side(folder, seeds):
    other = trained(channel=nc.bp())
    page = read(nc.report([seeds[0], seeds[1], other], folder / "two.html"))
    names = [one["name"] for one in page.data["loss"]["series"]]
    assert names == ["small (1), test", "small (1), train", "small (2), test", "small (2), train"]
    assert {"drawing-0", "drawing-1", "costs"} <= set(page.data)
    assert page.data["costs"]["names"] == ["small (1)", "small (2)"]
    assert [one["name"] for one in page.data["alignment-hidden1"]["series"]] == [
        "small (1)",
        "small (2)",
    ]


def test_learners_have_the_labels_of_a_mapping(folder, seeds):
    other = trained(channel=nc.bp())
    page = read(nc.report({"mine": seeds, "BP": other}, folder / "labels.html"))
    assert page.data["costs"]["names"] == ["mine", "BP"]
    assert page.data["loss"]["series"][0]["low"] is not None
    assert page.data["loss"]["series"][2]["name"] == "BP, test"
    finals = 100 * np.array([run.history["test_accuracy"][-1] for run in seeds])
    assert f"{finals.mean():.2f} ± {finals.std(ddof=1):.2f} %" in page.text
    with pytest.raises(
        nc.OptionError, match=r"what\['mine'\] must be a run, or runs that differ in"
    ):
        nc.report({"mine": [seeds[0], other]}, folder / "wrong.html")


@pytest.mark.parametrize("what", [None, [], 3, [nc.bp()], {}, ["srbp", "bp"], {"a": "srbp"}])
def test_what_no_page_can_be_of_is_refused(folder, what):
    with pytest.raises(nc.OptionError, match=r"^what must be "):
        nc.report(what, folder / "none.html")
    assert not (folder / "none.html").exists()


def test_a_run_without_data_leaves_the_example_out(folder):
    run = nc.Simulation(nc.mlp(64, 5, 10), (DATA.train.x[:50], DATA.train.t[:50]))
    run.train(1, progress=False)
    nc.save(run, folder / "arrays.h5")
    page = read(nc.report(folder / "arrays.h5", folder / "arrays.html"))
    assert "Left out: the data of this run is not here; name it with --data." in page.text
    assert "example" not in page.data
    assert "neurochannel train" not in page.text


def test_a_run_that_was_not_trained_and_has_a_function_as_rate_has_a_page(folder):
    run = nc.Simulation(nc.mlp(None, 5, None), DATA, rate=lambda update: 0.1)
    page = read(nc.report(run, folder / "untrained.html"))
    assert "No epoch was measured." in page.text
    assert "loss" not in page.data


def test_names_of_runs_stay_texts(folder):
    evil = "<img src=x onerror=alert(1)>"
    network = nc.mlp(None, 5, None, name=evil).with_channel(nc.srbp())
    run = nc.Simulation(network, DATA)
    run.train(1, [nc.Observe()], progress=False)
    nc.save(run, folder / f"{evil}.h5")
    page = read(nc.report(folder / f"{evil}.h5", folder / "evil.html"))
    assert page.all("img") == []
    assert evil in page.text


def test_a_page_of_a_long_run_is_small(folder):
    run = trained(epochs=1, observe=False)
    record = run.history.records[0]
    for epoch in range(2, 20_001):
        run.history.append(record._replace(epoch=epoch, train_loss=1 / epoch))
    path = nc.report(run, folder / "long.html")
    xs = read(path).data["loss"]["series"][0]["x"]
    assert (xs[0], xs[-1], len(xs)) == (1, 20_000, 1000)
    assert path.stat().st_size < 2_000_000
