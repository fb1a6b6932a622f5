"""The output error that starts every learning channel, and the sums behind loss and accuracy."""

from __future__ import annotations

import math
from typing import Any

from neurochannel.kernels.declare import (
    BUFFER,
    EXAMPLES,
    LABELS,
    TOTALS,
    kernel,
    reads,
    rows_of,
    sets,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.views import row

NOT_FINITE = 1
"""Status of a batch whose error is NaN or infinite."""


@inner
def _status(error):
    """0 * x is 0 for finite numbers and NaN for all others; their sum needs no branches."""
    zero = error.dtype.type(0.0)
    total = zero
    for b in range(error.shape[0]):
        for j in range(error.shape[1]):
            total += zero * error[b, j]
    return 0 if total == zero else NOT_FINITE


@kernel(
    checks=True,
    activity=reads(BUFFER, "n"),
    labels=LABELS,
    examples=EXAMPLES,
    error=sets(BUFFER, "n"),
)
def error_of_labels(activity, labels, examples, error):
    """error[b, j] = (j is the label of example b) - activity[b, j]."""
    for b in range(activity.shape[0]):
        for j in range(activity.shape[1]):
            error[b, j] = -activity[b, j]
        error[b, labels[examples[b]]] += error.dtype.type(1.0)
    return _status(error)


@kernel(
    checks=True,
    activity=reads(BUFFER, "n"),
    targets=rows_of("targets", "n"),
    examples=EXAMPLES,
    error=sets(BUFFER, "n"),
)
def error_of_targets(activity, targets, examples, error):
    """error[b, j] = targets[example b, j] - activity[b, j]."""
    for b in range(activity.shape[0]):
        for j in range(activity.shape[1]):
            error[b, j] = targets[examples[b], j] - activity[b, j]
    return _status(error)


@kernel(labels=LABELS, examples=EXAMPLES, out=sets(BUFFER, "n"))
def copy_labels(labels, examples, out):
    """out[b, j] = (j is the label of example b)."""
    for b in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[b, j] = 0.0
        out[b, labels[examples[b]]] = 1.0


@kernel(targets=rows_of("targets", "n"), examples=EXAMPLES, out=sets(BUFFER, "n"))
def copy_targets(targets, examples, out):
    """out[b, j] = targets[example b, j]."""
    for b in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[b, j] = targets[examples[b], j]


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


_SCORED: dict[str, Any] = {
    "total": reads(BUFFER, "n"),
    "activity": reads(BUFFER, "n"),
    "error": reads(BUFFER, "n"),
    "totals": TOTALS,
}


@kernel(**_SCORED)
def score_cross_entropy(total, activity, error, totals):
    """totals += (sum over j of -t log softmax(S), right answers), from S = `total`: exact far out.

    Parameters
    ----------
    total, activity, error
        S, O and t - O, (batch, n_output).
    totals
        (2,) float64: loss and right answers so far.
    """
    for b in range(activity.shape[0]):
        highest, norm = float(total[b, 0]), 0.0
        for j in range(1, total.shape[1]):
            highest = float(total[b, j]) if total[b, j] > highest else highest
        for j in range(total.shape[1]):
            norm += math.exp(float(total[b, j]) - highest)
        logarithm = highest + math.log(norm)
        for j in range(total.shape[1]):
            target = float(error[b, j]) + float(activity[b, j])
            totals[0] += target * (logarithm - float(total[b, j])) if target != 0.0 else 0.0
        totals[1] += _is_right(row(error, b), row(activity, b))


@kernel(**_SCORED)
def score_binary_cross_entropy(total, activity, error, totals):
    """totals += (sum of max(S, 0) - t S + log(1 + exp(-|S|)), right answers), S = `total`."""
    for b in range(activity.shape[0]):
        for j in range(activity.shape[1]):
            s = float(total[b, j])
            target = float(error[b, j]) + float(activity[b, j])
            over = s if s > 0.0 else 0.0
            totals[0] += over - target * s + math.log1p(math.exp(-abs(s)))
        totals[1] += _is_right(row(error, b), row(activity, b))


@kernel(**_SCORED)
def score_squared_error(total, activity, error, totals):
    """totals += (sum of (t - O)^2 / 2, right answers)."""
    for b in range(activity.shape[0]):
        for j in range(activity.shape[1]):
            totals[0] += 0.5 * float(error[b, j]) ** 2
        totals[1] += _is_right(row(error, b), row(activity, b))
