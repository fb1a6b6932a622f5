"""Random feedback weights for each synapse instead of each neuron: a rule outside the engine."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from pandas import DataFrame

import neurochannel as nc
from neurochannel.atomic import write_whole
from neurochannel.study.spec import Study

Arrays = dict[str, np.ndarray]
SYNAPSE = "each synapse"
CHANNELS = {"each neuron": nc.srbp(), SYNAPSE: nc.top_only(), "top only": nc.top_only()}


class SynapticFeedback:
    """A network whose hidden synapses each have feedback weights of their own.

    dW[i, j] = rate * mean over the batch of O[i] f'(S[j]) sum over k of E[k] C[k, i, j]

    and the same for biases; the output learns from E as always. In a learning channel C[k, j] is
    the same for all synapses i of a neuron j.

    Parameters
    ----------
    run
        A multi-layer perceptron of tanh populations without a channel; its weights are changed.
    data, rate
        What it learns from, with class labels, and how fast.
    seed
        Of the feedback weights, which are uniform with the width of Glorot's rule.
    """

    def __init__(self, run: nc.Simulation, data: nc.Data, rate: float, seed: int) -> None:
        self.run, self.data, self.rate = run, data, rate
        self.order = run.network.forward_order
        if any(run.network.populations[h].activation != "tanh" for h in self.order[1:-1]):
            raise nc.errors.OptionError("hidden populations must be tanh for this rule")
        generator = np.random.default_rng([seed, 1])
        n_outputs = run.network.size(run.network.output)
        self.feedback, self.bias_feedback = Arrays(), Arrays()
        for low, high in self._hidden():
            sizes = run.network.size(low), run.network.size(high)
            width = np.sqrt(6.0 / (n_outputs + sizes[1]))
            drawn = generator.uniform(-width, width, (n_outputs, sizes[0] + 1, sizes[1]))
            drawn = drawn.astype(run.dtype)
            self.feedback[high], self.bias_feedback[high] = drawn[:, 1:], drawn[:, 0]

    def _hidden(self) -> list[tuple[str, str]]:
        return list(zip(self.order[:-2], self.order[1:-1], strict=True))

    def changes(self, x: np.ndarray, t: np.ndarray) -> tuple[Arrays, Arrays]:
        """Return the mean changes of weights by bundle and of biases by population, unit rate."""
        activity = self.run.forward(x)
        output = self.order[-1]
        error = np.eye(activity[output].shape[1], dtype=activity[output].dtype)[t]
        error -= activity[output]
        top = f"{self.order[-2]} -> {output}"
        weights = {top: activity[self.order[-2]].T @ error / len(x)}
        biases = {output: error.mean(axis=0)}
        for low, high in self._hidden():
            slope = 1 - activity[high] ** 2
            change = np.zeros(self.feedback[high].shape[1:], slope.dtype)
            for signal, own in zip(error.T, self.feedback[high], strict=True):
                change += own * (activity[low].T @ (slope * signal[:, None]))
            weights[f"{low} -> {high}"] = change / len(x)
            biases[high] = (slope * (error @ self.bias_feedback[high])).mean(axis=0)
        return weights, biases

    def train(self, epochs: int) -> None:
        """Train for this many epochs, in the order and the batches of the run."""
        run, data, rate = self.run, self.data, self.rate
        weights = {name: np.array(run.weights[name]) for name in run.weights}
        biases = {name: np.array(run.biases[name]) for name in run.biases}
        for epoch in range(epochs):
            order = run.order(epoch)
            for start in range(0, len(order), run.batch_size):
                chosen = order[start : start + run.batch_size]
                dW, db = self.changes(data.train.x[chosen], data.train.t[chosen])
                for own, changes, shown in ((weights, dW, run.weights), (biases, db, run.biases)):
                    for name, change in changes.items():
                        own[name] += rate * change
                        shown[name] = own[name]


def outcomes(study: Study, folder: Path) -> DataFrame:
    """Return one row for each kind of feedback and each seed, trained as a study says.

    A file for each of them is kept in the folder; what is there already is not trained again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for feedback in CHANNELS:
        for seed in study.seed_list():
            settings = f"{study.data}-{study.train.epochs}-{study.train.batch_size}"
            path = folder / f"{feedback.replace(' ', '_')}-{settings}-{seed}.json"
            if not path.exists():
                write_whole(path, json.dumps(_row(study, feedback, seed)).encode())
            rows.append(json.loads(path.read_bytes()))
    return DataFrame(rows)


def _row(study: Study, feedback: str, seed: int) -> dict[str, object]:
    network = nc.Network.from_toml(study.topology or "").with_channel(CHANNELS[feedback])
    data, train = nc.data.load(study.data), study.train
    run = nc.Simulation(network, data, rate=train.rate, batch_size=train.batch_size, seed=seed)
    if feedback == SYNAPSE:
        SynapticFeedback(run, data, train.rate, seed).train(train.epochs)
    else:
        run.train(train.epochs, progress=False, evaluate_every=None)
    scores = {
        f"{split}_accuracy": run.evaluate(examples).accuracy
        for split, examples in (("train", data.train), ("test", data.test))
    }
    return {"feedback": feedback, "seed": seed, "status": "done", **scores}
