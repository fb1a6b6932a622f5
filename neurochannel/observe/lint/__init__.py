"""Mistakes and suspicious choices in a network, found before it is trained."""

from __future__ import annotations

from numpy.typing import ArrayLike

from neurochannel.data import Data
from neurochannel.model.network import Network
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.lint.blind_signals import blind_findings
from neurochannel.observe.lint.device_weights import device_findings
from neurochannel.observe.lint.finding import Finding
from neurochannel.observe.lint.first_batch import FirstBatch
from neurochannel.observe.lint.initial_weights import weight_findings
from neurochannel.observe.lint.lost_changes import change_findings
from neurochannel.observe.lint.message_levels import message_findings
from neurochannel.observe.lint.message_limits import broken_findings, limit_findings
from neurochannel.observe.lint.pulses_asked import pulse_findings
from neurochannel.observe.lint.reach import reach_findings
from neurochannel.observe.lint.sizes import size_findings
from neurochannel.observe.lint.targets import target_findings
from neurochannel.observe.lint.teaching import teaching_findings
from neurochannel.observe.lint.unlike_ideal import neuron_findings
from neurochannel.observe.lint.unread_windows import window_findings

__all__ = ["Finding", "findings_of", "lint"]


def lint(
    network: Network,
    *,
    seed: int = 0,
    batch: ArrayLike | None = None,
    data: Data | None = None,
) -> list[Finding]:
    """Look for what is wrong or suspicious in a network, errors first.

    Errors keep a network from doing what anybody could want: nothing learns, the output does not
    depend on the input, a channel carries nothing. All else is a warning.

    Parameters
    ----------
    network
        With all sizes known.
    seed
        Of the sparse edges and the initial weights, as `Simulation` would draw them.
    batch
        Some inputs, (n, inputs), for what depends on activity, such as saturation; 32 examples
        uniform in [0, 1] if left out. Targets are drawn at random.
    data
        What it is to be trained on, whose labels or targets are held against output and loss.

    Raises
    ------
    NetworkError
        If a size is left to the data.
    DataError
        If the batch does not fit the input population.
    """
    return findings_of(network, FirstBatch.of(Compiled(network, seed), batch), data)


def findings_of(network: Network, probe: FirstBatch, data: Data | None) -> list[Finding]:
    """Return what `lint` finds in a network through which a first batch went."""
    findings = [
        *size_findings(network),
        *target_findings(network, data),
        *reach_findings(probe),
        *teaching_findings(probe),
        *weight_findings(probe),
        *device_findings(probe, data),
        *pulse_findings(probe),
        *message_findings(probe),
        *change_findings(probe),
        *blind_findings(probe),
        *limit_findings(network, data),
        *broken_findings(probe),
        *neuron_findings(probe),
        *window_findings(network),
    ]
    return sorted(findings, key=lambda finding: finding.level == "warning")
