"""`neurochannel results`: the results of a study, as a table and as figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from neurochannel.cli.report import print_json
from neurochannel.cli.values import check_new, one_of
from neurochannel.errors import OptionError

if TYPE_CHECKING:
    from neurochannel.reports.folder_summary import Findings
    from neurochannel.study.frame_files import Kind
    from neurochannel.study.statistics import IntervalName

KINDS: tuple[Kind, ...] = ("csv", "parquet")


def _refuse_hdf5(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise OptionError(
            "--hdf5 is gone; use --parquet FILE, which keeps the kind of each column, or --csv FILE"
        )


@click.command()
@click.argument("folder")
@click.option(
    "--outcome", metavar="NAME", help="What to summarize.  [default: test_accuracy if measured]"
)
@click.option(
    "--by", metavar="AXIS,...", help="Axes that distinguish rows.  [default: all that vary]"
)
@click.option(
    "--against", metavar="AXIS", help="Axis along the figure.  [default: the first of numbers]"
)
@click.option(
    "--where", "conditions", multiple=True, metavar="AXIS=VALUE", help="Only these points; repeat."
)
@click.option(
    "--interval",
    default="t",
    callback=one_of("t", "bootstrap"),
    metavar="t|bootstrap",
    help="Which 95 % interval; t, Student's, is right for few seeds.  [default: t]",
)
@click.option("--csv", metavar="FILE", help="Also write all points as CSV.")
@click.option("--parquet", metavar="FILE", help="Also write all points as Parquet.")
@click.option("--hdf5", hidden=True, expose_value=False, callback=_refuse_hdf5)
@click.option("--force", is_flag=True, help="Let --csv and --parquet replace existing files.")
@click.option("-o", "--out", metavar="FILE", help="One figure there, and none in FOLDER.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def results(
    folder: str,
    outcome: str | None,
    by: str | None,
    against: str | None,
    conditions: tuple[str, ...],
    interval: IntervalName,
    force: bool,
    as_json: bool,
    **files: str | None,
) -> None:
    """Print and draw the results of the study in FOLDER.

    Each row is the mean over seeds ± its standard error, and the interval in which the true mean is
    expected to lie. Points that diverged, failed or are missing are counted and named.
    """
    from neurochannel.reports.folder_summary import find, results_document
    from neurochannel.reports.text import ANY_WIDTH, text_of_document
    from neurochannel.study.frame_files import check_kind

    for kind in KINDS:
        if path := files[kind]:
            check_new(f"--{kind}", path, force)
            check_kind(kind)
    if files["out"]:
        from neurochannel.plot.figure_files import check_figure_path

        check_figure_path(files["out"])
    found = find(folder, outcome, by, conditions, interval)
    written = _write_frames(found, files)
    figures, reasons = _draw(found, against, files["out"])
    if as_json:
        print_json({**found.to_dict(), **written, "figures": figures})
    else:
        click.echo(text_of_document(results_document(found), width=ANY_WIDTH))
        for what, path in [*written.items(), *(("figure", path) for path in figures)]:
            if path:
                click.echo(f"{what} {path}")
    for reason in reasons:
        click.echo(f"no figure: {reason}", err=True)


def _write_frames(found: Findings, files: dict[str, str | None]) -> dict[str, str | None]:
    from neurochannel.study.frame_files import write_frame

    for kind in KINDS:
        if path := files[kind]:
            write_frame(found.frame, path, kind)
    return {kind: files[kind] for kind in KINDS}


def _draw(found: Findings, against: str | None, out: str | None) -> tuple[list[str], list[str]]:
    """Draw what was asked for, or what can be drawn; return files and why others lack."""
    from neurochannel.errors import NeurochannelError
    from neurochannel.plot.figure_files import save

    kinds = found.figures(against, apart=not out)
    if out:
        first = next(iter(kinds.values()))
        return [str(save(first(), out))], []
    figures, reasons = [], []
    for suffix, draw in kinds.items():
        name = f"{found.outcome.replace('/', '_')}{suffix}.svg"
        try:
            figures.append(str(save(draw(), Path(found.folder) / name)))
        except NeurochannelError as error:
            if against and not suffix:
                raise
            reasons.append(str(error))
    return figures, reasons
