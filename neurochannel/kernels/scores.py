"""The output error that starts every learning channel, and the sums behind loss and accuracy."""

from __future__ import annotations

import math

from neurochannel.kernels.jit import inner

CROSS_ENTROPY, BINARY_CROSS_ENTROPY, SQUARED_ERROR = range(3)
_TINY = 1e-30


@inner
def error_of_labels(activity, labels, examples, error):
    """error[b, j] = (j is the label of example b) - activity[b, j]."""
    for b in range(activity.shape[0]):
        for j in range(activity.shape[1]):
            error[b, j] = -activity[b, j]
        error[b, labels[examples[b]]] += 1.0


@inner
def error_of_targets(activity, targets, examples, error):
    """error[b, j] = targets[example b, j] - activity[b, j]."""
    for b in range(activity.shape[0]):
        for j in range(activity.shape[1]):
            error[b, j] = targets[examples[b], j] - activity[b, j]


@inner
def is_finite(values):
    """Tell whether no number of a matrix is NaN or infinite."""
    for b in range(values.shape[0]):
        for j in range(values.shape[1]):
            if not math.isfinite(values[b, j]):
                return False
    return True


@inner
def _loss(kind, target, output):
    if kind == CROSS_ENTROPY:
        return -target * math.log(max(output, _TINY)) if target != 0.0 else 0.0
    if kind == BINARY_CROSS_ENTROPY:
        loss = -target * math.log(max(output, _TINY)) if target != 0.0 else 0.0
        rest = 1.0 - target
        return loss - rest * math.log(max(1.0 - output, _TINY)) if rest != 0.0 else loss
    return 0.5 * (target - output) ** 2


@inner
def _is_right(error, activity):
    """Tell whether one output is on its target's side of 1/2, or the largest output is right."""
    if activity.shape[0] == 1:
        return (activity[0] > 0.5) == (error[0] + activity[0] > 0.5)
    guess, truth = 0, 0
    for j in range(1, activity.shape[0]):
        if activity[j] > activity[guess]:
            guess = j
        if error[j] + activity[j] > error[truth] + activity[truth]:
            truth = j
    return guess == truth


@inner
def add_scores(kind, activity, error, totals):
    """Add loss and number of right answers of a batch to totals[0] and totals[1].

    Parameters
    ----------
    activity, error
        (batch, n_output); `error` is target minus activity.
    """
    for b in range(activity.shape[0]):
        for j in range(activity.shape[1]):
            output = float(activity[b, j])
            totals[0] += _loss(kind, float(error[b, j]) + output, output)
        totals[1] += _is_right(error[b], activity[b])
