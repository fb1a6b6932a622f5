"""Proof by trial that the compiled network learns by its own channel, and by nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.simulation import Simulation
from neurochannel.errors import DivergenceError
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Network
from neurochannel.model.problems import listed
from neurochannel.observe.backprop import Backprop, with_exact_activity, with_plain_updates
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.differences import (
    MOST_BUNDLES,
    RELATIVE,
    Changes,
    parameter_changes,
    slope_check,
)
from neurochannel.observe.perturbation import channel_checks

N_EXAMPLES = 8
EQUAL = 1e-9
"""Relative difference below which two learning signals in double precision are the same."""

RANDOM = ("random", "adaptive", "redrawn", "concordant", "concordant_redrawn", "congruent")
NO_CHANGE = "no learning signal arrives, so its weights and biases stay"


class Check(NamedTuple):
    """One thing that was tried."""

    name: str
    passed: bool
    detail: str


WORK = 80_000
"""Bundles times trials that take some seconds."""
POPULATION = 25
"""Bundles that take as long to compile as a population."""


def self_test(network: Network, *, seed: int = 0, most: int | None = None) -> list[Check]:
    """Try on a small random batch whether a network learns as its channel says.

    For each channel bundle: other weights there change the learning signals and updates of exactly
    the populations downstream of it, and all others stay the same to the last bit. For each
    population: a signal that comes all the way over tied mirror images is the gradient, compared
    with finite differences of the loss; one that comes over random edges is not.

    Parameters
    ----------
    network
        With all sizes known. Limits of weight changes and of activity on its way, momentum, decay,
        rate factors and what makes neurons differ from ideal ones are left out.
    seed
        Of weights, edges, batch and trials.
    most
        Channel bundles and populations to try, spread evenly; None for all of up to about 50 layers
        and fewer of larger networks, so that it takes seconds. What is left out is said.

    Notes
    -----
    In double precision. The trials shift all initial weights and biases a little, so that no two
    are equal by coincidence; the angles in the details are those of the initial weights themselves.

    Raises
    ------
    NetworkError
        If a size is left to the data.
    """
    return checks_of(Compiled(network, seed), most)


def checks_of(compiled: Compiled, most: int | None = None) -> list[Check]:
    """Return what comes of the `self_test` of a network that may be compiled already."""
    network = with_exact_activity(with_plain_updates(compiled.explicit))
    rng = np.random.default_rng(compiled.seed)
    x = rng.uniform(0.1, 1.0, (N_EXAMPLES, network.size(network.input)))
    t = _targets(network, rng)
    run = compiled.simulation(network, rate=1.0, batch_size=N_EXAMPLES)
    unshifted = run.machine.values.copy()
    _shift(run, rng)
    n_bundles = len(network.forward_bundles) + len(network.channel_bundles)
    most = most or max(1, WORK // (n_bundles + POPULATION * len(network.populations)))
    names = [name for name in network.forward_order if name != network.input]
    bundles, populations = _spread(network.channel_bundles, most), _spread(names, most)
    try:
        checks = [Check(*made) for made in channel_checks(run, bundles, x, t, rng)]
        checks += _population_checks(run, unshifted, populations, (x, t), rng)
        return checks + _left_out(network, bundles, populations)
    except DivergenceError as problem:
        text = f"the batch could not be run, because numbers are not finite: {problem}"
        return [Check("a batch can be run", False, text)]


def _spread(things: Sequence[Any], most: int) -> list[Any]:
    """Return at most `most` things, evenly spread from the first to the last one."""
    if len(things) <= most:
        return list(things)
    numbers = np.linspace(0, len(things) - 1, most).round().astype(int)
    return [things[number] for number in numbers]


def _left_out(network: Network, bundles: list[Any], populations: list[str]) -> list[Check]:
    """Say how much of a large network was tried."""
    n_bundles, n_populations = len(network.channel_bundles), len(network.forward_order) - 1
    if len(bundles) == n_bundles and len(populations) == n_populations:
        return []
    detail = (
        f"{len(bundles):,} of {n_bundles:,} channel bundles and {len(populations):,} of "
        f"{n_populations:,} populations, spread evenly; each takes a simulation of the whole"
    )
    return [Check("a part of the network was tried", True, detail)]


def _targets(network: Network, rng: np.random.Generator) -> np.ndarray:
    """Draw targets that the loss is made for: those of cross-entropy add up to 1."""
    n, activation = network.size(ERROR), network.populations[network.output].activation
    if network.loss_name == "cross_entropy" or (n == 1 and activation == "softmax"):
        return rng.dirichlet(np.ones(n), N_EXAMPLES)
    return rng.random((N_EXAMPLES, n))


SLOPE_WORK = 25_000_000
"""Weights whose slopes are taken times what a pass costs, that take about a second."""
BUNDLE = 15
"""Weights that cost a pass as much as a bundle does."""
FEWEST = 24
"""Weights into each population that is tried whose slopes are taken in any case."""

AT_ONCE = 2**16
"""Numbers that are shifted together: bundles of single edges are many and small."""


def _shift(run: Simulation, rng: np.random.Generator) -> None:
    """Add a little to each parameter, so that none is 0 and no two are equal."""
    heap, n = list[np.ndarray](), 0
    for span in run.machine.spans.values():
        values = span.view(run.machine.values)
        if values.size:
            heap.append(values)
            n += values.size
        if n >= AT_ONCE:
            _shift_together(heap, rng)
            heap, n = [], 0
    if heap:
        _shift_together(heap, rng)


def _shift_together(heap: list[np.ndarray], rng: np.random.Generator) -> None:
    """Shift each parameter by a part of its spread or, where all are alike, of 1 / sqrt(rows)."""
    flat = np.concatenate([values.ravel() for values in heap])
    sizes = np.array([values.size for values in heap])
    starts = np.cumsum(sizes) - sizes
    middle = np.add.reduceat(flat, starts) / sizes
    spread = np.sqrt(np.add.reduceat((flat - np.repeat(middle, sizes)) ** 2, starts) / sizes)
    alike = spread <= EQUAL * np.maximum.reduceat(np.abs(flat), starts)
    rows = np.array([values.shape[0] if values.ndim > 1 else 10 for values in heap])
    spread = np.where(alike, 1 / np.sqrt(rows), spread)
    added = 0.2 * np.repeat(spread, sizes) * rng.normal(size=len(flat))
    for values, start in zip(heap, starts.tolist(), strict=True):
        values += added[start : start + values.size].reshape(values.shape)


# --- is it the gradient? -----------------------------------------------------------------------


def _population_checks(
    run: Simulation,
    unshifted: np.ndarray,
    populations: list[str],
    batch: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> Iterator[Check]:
    """Check populations of a run whose weights are shifted; `unshifted` are the initial values."""
    network, exact = run.network, exact_populations(run.network)
    exactly = None if is_backprop(network) else Backprop(run)
    got = run.learning_signals(*batch)
    should = exactly.learning_signals(*batch) if exactly else got
    changes = parameter_changes(run, *batch)
    angles = _angles(run, unshifted, exactly, batch, populations)
    inexact = _keys_outside(network, exact)
    silent = [name for name in network.forward_order if name not in got]
    for population in populations:
        angle = angles[population]
        if population not in got and population in network.pools:
            continue
        if population not in got:
            yield _silent(network, population, changes, _keys_outside(network, silent))
        elif population in exact:
            signals = should.get(population), got[population]
            yield _equal(run, population, signals, batch, rng, inexact, len(populations))
        elif any(b.edges.weights in RANDOM for b in network.channel_at.into(population)):
            yield _unequal(population, should.get(population), got[population], angle)
        else:
            why = _why_no_claim(network, population)
            yield Check(
                f"{population}: no claim",
                True,
                f"{why}, so it need be neither the gradient nor something else; {angle}",
            )


def _why_no_claim(network: Network, population: str) -> str:
    if population == network.output:
        into = listed(b.name for b in network.channel_bundles if b.target == population)
        return f"it learns from what arrives over {into} instead of from its exact error"
    return "its channel is limited, skipped, sparse, without derivative or fed by random edges"


def exact_populations(network: Network) -> set[str]:
    """Return the populations whose learning signal is the gradient by the wiring alone.

    They hear exactly their mirror image, over tied edges without limits, gaps or missing
    derivatives, from populations of which the same is true.
    """
    exact, exactly = {network.output}, _is_error(network)
    teachable = network.teachable | {network.output}
    for population in reversed(network.forward_order):
        own = {b.source: b.edges for b in network.channel_at.into(population)}
        leaving = network.forward_at.out_of(population)
        above = {b.target for b in leaving if b.target in teachable}
        mirrored = {ERROR if name == network.output else name for name in above}
        limits = network.populations[population].receive
        if own.keys() != mirrored or not above or not above <= exact or limits is not None:
            continue
        if all(
            edges.weights == "tied"
            and edges.derivative
            and not (edges.message and edges.message.active)
            and edges.fan_in is None
            and edges.density is None
            and edges.edges is None
            and not edges.one_to_one
            for edges in own.values()
        ):
            exact.add(population)
    return exact if exactly else exact - {network.output}


def is_backprop(network: Network) -> bool:
    """Tell whether a network with plain updates learns by its gradient and has no other edges."""
    taught = network.teachable | {network.output}
    receiving = {bundle.target for bundle in network.channel_bundles}
    return exact_populations(network) == taught and receiving == taught - {network.output}


def _is_error(network: Network) -> bool:
    """Tell whether the output learns from its error as it is, over wires or without."""
    into = network.channel_at.into(network.output)
    limits = network.populations[network.output].receive
    return not into or (
        [b.source for b in into] == [ERROR]
        and network.is_identity(into[0])
        and not (into[0].edges.message and into[0].edges.message.active)
        and not (limits and limits.active)
    )


def _silent(network: Network, population: str, changes: Changes, shared: set[str]) -> Check:
    own = [key for key in _keys_into(network, population) if key not in shared]
    moved = [key for key in own if np.any(changes.get(key, 0))]
    detail = f"'{moved[0]}' changes without a learning signal" if moved else NO_CHANGE
    return Check(f"{population}: does not learn", not moved, detail)


def _keys_into(network: Network, population: str) -> list[str]:
    bundles = [b.name for b in network.forward_at.into(population)]
    keys = [*(kept_weights(network, name) for name in bundles), kept_biases(network, population)]
    return list(dict.fromkeys(keys))


def _keys_outside(network: Network, populations: Collection[str]) -> set[str]:
    """Return the keys of what changes, shared or not, with populations that are not among these."""
    others = set(network.forward_order) - set(populations)
    return {key for name in others for key in _keys_into(network, name)}


def _difference(should: np.ndarray, got: np.ndarray) -> float:
    """Return |should - got| / max(|should|, |got|), Euclidean; not finite where these are not.

    Signals of a thousand layers may be so large or small that their squares are not numbers.
    """
    most = float(np.abs([should, got]).max())
    if most == 0 or not np.isfinite(most):
        return most
    should, got = should / most, got / most
    size = max(np.linalg.norm(should), np.linalg.norm(got))
    return float(np.linalg.norm(should - got) / size)


def _equal(
    run: Simulation,
    population: str,
    signals: tuple[np.ndarray | None, np.ndarray],
    batch: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
    inexact: set[str],
    n_tried: int,
) -> Check:
    should, got = signals
    wrong = _difference(np.zeros_like(got) if should is None else should, got)
    most = max(FEWEST, SLOPE_WORK // (_pass_cost(run) * n_tried))
    found = slope_check(run, population, batch, rng, inexact, most)
    compared = found.compared
    if population in run.network.pools:
        detail = "its signal is that of backpropagation, and it has no weights of its own"
    elif not compared:
        detail = "nothing that it could learn was smooth enough for finite differences"
    else:
        many = len(run.network.forward_at.into(population)) > MOST_BUNDLES
        all_of = f" {found.of:,}" if many else ""
        any_channel = ", as with any channel" if population == run.network.output else ""
        detail = (
            f"{compared} of its{all_of} updates differ from central differences of the loss by "
            f"at most {found.worst:.1e} of the largest (allowed: {RELATIVE:.0e}){any_channel}"
        )
    return Check(f"{population}: is backpropagation", found.fits and wrong < EQUAL, detail)


def _pass_cost(run: Simulation) -> int:
    """Return what sending a batch through a run costs, in weights."""
    network = run.network
    n_bundles = len(network.forward_bundles) + len(network.channel_bundles)
    return run.machine.memory.n_values + BUNDLE * n_bundles


def _unequal(population: str, should: np.ndarray | None, got: np.ndarray, angle: str) -> Check:
    name = f"{population}: is not backpropagation"
    if should is None:
        return Check(name, True, "it does not lead to the output, so it has no gradient")
    if not np.any(got):
        text = f"its signal is 0 for this batch, explained by f' or wires; {angle}"
        return Check(name, True, text)
    off = _difference(should, got)
    if off < EQUAL:
        return Check(name, False, "its signal is the gradient, although its channel is random")
    return Check(name, True, f"its signal differs from the gradient by {off:.0%}; {angle}")


def _angles(
    run: Simulation,
    unshifted: np.ndarray,
    exactly: Backprop | None,
    batch: tuple[np.ndarray, np.ndarray],
    populations: list[str],
) -> dict[str, str]:
    """Write the angle between update and gradient of populations, at the initial weights.

    Parameters
    ----------
    exactly
        The gradient; None where it is what the run itself learns by.
    """
    network, shifted = run.network, run.machine.values.copy()
    run.machine.values[:] = unshifted
    ours = theirs = parameter_changes(run, *batch)
    if exactly:
        exactly.copy_weights()
        theirs = parameter_changes(exactly.twin, *batch)
    run.machine.values[:] = shifted
    text = {}
    for population in populations:
        keys = [key for key in _keys_into(network, population) if key in ours]
        if not keys:
            text[population] = "no weight into it learns"
            continue
        one, other = (
            np.concatenate([np.zeros(1), *(part[key].ravel() for key in keys)])
            for part in (ours, theirs)
        )
        with np.errstate(all="ignore"):
            sizes = float(np.linalg.norm(one) * np.linalg.norm(other))
            cosine = float(np.clip(one @ other / sizes, -1, 1)) if sizes else 0.0
        if not (np.isfinite(sizes) and np.isfinite(cosine)):
            text[population] = "initial updates or gradient are too large to be compared"
            continue
        text[population] = (
            f"initial updates lie {np.degrees(np.arccos(cosine)):.1f} degrees from the gradient"
            if sizes
            else "initial updates or gradient are 0"
        )
    return text
