"""Shows what is known of a closed form: limits, fixed points, conserved quantities, training."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from neurochannel.cli.report import announce_compilation, print_json, print_table
from neurochannel.cli.systems import described
from neurochannel.errors import OptionError

if TYPE_CHECKING:
    from neurochannel.theory.forms.form import Form

SHORT = 6
"""Most weights of a state that is shown in a table."""
MOST_PATHS = 12
"""Random starts that are drawn in a figure."""


@dataclass(frozen=True)
class FlowRequest:
    """The options that all commands of `neurochannel theory` have in common."""

    given: tuple[tuple[float, ...], ...]
    n_starts: int | None
    scale: float
    seed: int
    rates: tuple[float, ...]
    until: float
    out: str | None
    show: str | None
    extent: float
    as_json: bool

    def check(self) -> None:
        """Check that the options do not contradict each other.

        Raises
        ------
        OptionError
            If they do.
        """
        if self.given and self.n_starts is not None:
            raise OptionError("--starts must be left out with --start, which names each start")
        if self.show is not None and self.out is None:
            raise OptionError(f"--show {self.show} must have a file for its figure; add -o FILE")
        if self.out is not None:
            from neurochannel.plot.figure_files import check_figure_path

            check_figure_path(self.out)

    def starts(self, form: Form) -> np.ndarray:
        """Return the starts, (m, n).

        Raises
        ------
        OptionError
            If one does not suit the form.
        """
        from neurochannel.theory import random_starts

        if not self.given:
            return random_starts(form, self.n_starts or 1, self.scale, self.seed)
        for start in self.given:
            if len(start) != form.n:
                names = ", ".join(form.shapes)
                raise OptionError(
                    f"--start must have {form.n} numbers, those of {names} row by row, "
                    f"got {len(start)}"
                )
        return np.array(self.given)


def show_flow(form: Form, request: FlowRequest) -> None:
    """Print and draw what is known of a closed form from some starts.

    Raises
    ------
    NeurochannelError
        If the request is wrong, or training diverges.
    """
    request.check()
    starts = request.starts(form)
    many = request.n_starts is not None
    result: dict[str, Any] = {"system": described(form), "remarks": list(form.remarks)}
    result |= _counted(form, starts) if many else {"starts": _followed(form, starts)}
    if request.rates:
        announce_compilation()
        result["training"] = _trained(form, starts[:MOST_PATHS], request)
    if request.out:
        _draw(form, starts[:MOST_PATHS], request, request.out)
        result["figure"] = request.out
    if request.as_json:
        print_json(result)
    else:
        _print(form, result, many)


def _followed(form: Form, starts: np.ndarray) -> list[dict[str, Any]]:
    """Return for each start where it ends, what it conserves and its fixed points."""
    return [_from(form, start) for start in starts]


def _from(form: Form, start: np.ndarray) -> dict[str, Any]:
    limit = form.limit(start)
    is_lost = limit.how == "integrated" and not limit.converged
    points = [form.fixed_point(limit.state)] if limit.status == "unstable" else []
    if not is_lost:
        points = list(form.fixed_points(start))
    return {
        "start": start.tolist(),
        "limit": limit.state.tolist(),
        "status": limit.status,
        "how": limit.how,
        "note": limit.note,
        "time": float(limit.time),
        "loss": float(form.loss(limit.state)),
        "conserved": {
            name: np.asarray(value).tolist() for name, value in form.conserved(start).items()
        },
        "fixed_points": [
            {
                "state": point.state.tolist(),
                "stability": point.stability,
                "eigenvalue": float(point.eigenvalues[0].real),
                "lowest_eigenvalue": float(point.eigenvalues[-1].real),
            }
            for point in points
        ],
    }


def _counted(form: Form, starts: np.ndarray) -> dict[str, Any]:
    """Return how many of the starts end in which way."""
    from neurochannel.theory import ensemble

    many = ensemble(form, starts)
    basins = Counter(many.basins[many.converged].tolist())
    times = many.times[many.converged & np.isfinite(many.times)]
    return {
        "n_starts": len(starts),
        "how": many.how,
        "counts": many.counts(),
        "learned": int(many.learned.sum()),
        "failed": many.failed,
        "median_time": float(np.median(times)) if len(times) else float("nan"),
        "basins": dict(basins.most_common()),
    }


def _trained(form: Form, starts: np.ndarray, request: FlowRequest) -> list[dict[str, float]]:
    """Return for each rate how far training is from the flow, and what is conserved drifts."""
    from neurochannel.theory import trained
    from neurochannel.theory.integrate import integrate

    exact = [
        integrate(
            form.velocity, start, until=request.until, tolerance=1e-12, save_at=[request.until]
        )
        for start in starts
    ]
    for path in exact:
        if path.times[-1] < request.until and not path.converged:
            raise OptionError(
                f"--until must be a time that the flow reaches, got {request.until:g}; it "
                f"{path.status} after {path.times[-1]:.6g}"
            )
    rows = []
    for rate in request.rates:
        apart, drift = [], []
        for start, path in zip(starts, exact, strict=True):
            state = trained(form, start, rate, request.until, points=1)[1][-1]
            apart.append(float(np.abs(state - path.states[-1]).max()))
            before, after = form.conserved(start), form.conserved(state)
            drift += [float(np.abs(after[name] - before[name]).max()) for name in before]
        worst = max(drift, default=float("nan"))
        rows.append({"rate": rate, "until": request.until, "apart": max(apart), "drift": worst})
    return rows


def _draw(form: Form, starts: np.ndarray, request: FlowRequest, out: str) -> None:
    from neurochannel import plot

    show = request.show or ("phase" if form.n == 2 else "error")
    options: dict[str, Any] = {"until": request.until, "extent": request.extent}
    plot.save(plot.flow(form, starts, show, rates=request.rates, **options), out)


def _print(form: Form, result: dict[str, Any], many: bool) -> None:
    _print_system(result["system"])
    for remark in result["remarks"]:
        click.echo(f"{'note':12}{remark}")
    if many:
        _print_counts(result)
    else:
        for number, one in enumerate(result["starts"]):
            if number:
                click.echo()
            _print_start(form, one)
    if "training" in result:
        click.echo()
        rows = [
            (f"{one['rate']:g}", f"{one['apart']:.3g}", _shown(one["drift"]))
            for one in result["training"]
        ]
        until = result["training"][0]["until"]
        titles = ("rate", f"distance to the flow at {until:g}", "drift of what is conserved")
        print_table(titles, rows, numbers=(0, 1, 2))
    if "figure" in result:
        click.echo(f"figure {result['figure']}")


def _print_system(system: dict[str, Any]) -> None:
    sizes = ",".join(map(str, system["sizes"]))
    rule = "" if system.get("derivative", True) else ", without f'"
    activation = system.get("activation", "linear")
    click.echo(f"{'system':12}A[{sizes}], {activation}, {system['channel']}{rule}")
    matrices = {f"C{h}": own for h, own in enumerate(system.get("c", ()), start=1)}
    words = {"s_ii": "mean(I I')", "s_ti": "mean(T I')", "x": "inputs", "t": "targets"}
    matrices |= {told: system[name] for name, told in words.items() if name in system}
    for name, matrix in matrices.items():
        click.echo(f"{name:12}{_matrix(matrix)}")


def _print_start(form: Form, one: dict[str, Any]) -> None:
    click.echo(f"start       {_state(form, one['start'])}")
    click.echo(f"limit       {_state(form, one['limit'])}")
    time = f", time {one['time']:.4g}" if np.isfinite(one["time"]) else ""
    click.echo(f"            {one['status']} ({one['how']}{time}), loss {one['loss']:.3g}")
    if one["note"]:
        click.echo(f"            {one['note']}")
    for number, (name, value) in enumerate(one["conserved"].items()):
        click.echo(f"{'' if number else 'conserved':12}{name} = {_matrix(value)}")
    if one["fixed_points"]:
        click.echo()
        rows = [
            (_state(form, point["state"]), point["stability"], f"{_decisive(point):.4g}")
            for point in one["fixed_points"]
        ]
        print_table(("fixed point", "stability", "eigenvalue"), rows, numbers=(2,))


def _print_counts(result: dict[str, Any]) -> None:
    n = result["n_starts"]
    told = ", ".join(f"{count:,} {status}" for status, count in result["counts"].items())
    time = f", median time {result['median_time']:.3g}" if result["median_time"] else ""
    click.echo(f"{n:,} starts ({result['how']}): {told}{time}")
    click.echo(f"{result['learned']:,} learned, {result['failed']:.2%} failed")
    if result["basins"]:
        click.echo()
        rows = [(name, f"{count:,}") for name, count in list(result["basins"].items())[:16]]
        print_table(("signs of the limit", "starts"), rows, numbers=(1,))


def _decisive(point: dict[str, Any]) -> float:
    """Return the eigenvalue that decides: one that grows, otherwise the fastest that decays."""
    grows = point["stability"] == "unstable"
    return float(point["eigenvalue"] if grows else point["lowest_eigenvalue"])


def _state(form: Form, state: list[float]) -> str:
    """Return a state as numbers in a row, or as matrices where there are many."""
    if form.n <= SHORT:
        return ",".join(f"{value:.6g}" for value in state)
    named = form.split(np.array(state))
    return "  ".join(f"{name} {_matrix(value)}" for name, value in named.items())


def _matrix(value: Any) -> str:
    """Return numbers as the options have them: commas in a row, semicolons between rows."""
    rows = np.atleast_2d(np.asarray(value, float))
    return ";".join(",".join(f"{x + 0.0:.6g}" for x in row) for row in rows)


def _shown(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "-"
