"""Checks of option values; each names its rule and the value when it is broken."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from neurochannel.errors import OptionError

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., object])
Check = Callable[[click.Context, click.Parameter, str | None], T | None]


def whole(least: int, most: int) -> Check[int]:
    """Return a check for whole numbers in a range."""

    def check(ctx: click.Context, param: click.Parameter, text: str | None) -> int | None:
        if text is None:
            return None
        try:
            number = int(text)
        except ValueError:
            raise _broken(param, "must be a whole number", text) from None
        if not least <= number <= most:
            raise _broken(param, f"must lie between {least} and {most}", text)
        return number

    return check


def number(ctx: click.Context, param: click.Parameter, text: str | None) -> float | None:
    """Check a finite number of any sign."""
    return None if text is None else _finite(param, text, text)


def numbers(
    ctx: click.Context, param: click.Parameter, text: str | None
) -> tuple[float, ...] | None:
    """Check finite numbers joined by commas."""
    return None if text is None else tuple(_finite(param, part, text) for part in text.split(","))


def table(
    ctx: click.Context, param: click.Parameter, text: str | None
) -> tuple[tuple[float, ...], ...] | None:
    """Check the rows of a matrix: numbers joined by commas, rows by semicolons."""
    if text is None:
        return None
    rows = tuple(
        tuple(_finite(param, part, text) for part in row.split(",")) for row in text.split(";")
    )
    if len({len(row) for row in rows}) > 1:
        raise _broken(param, "must have rows of equal length", text)
    return rows


def each(check: Callable[[click.Context, click.Parameter, str | None], T | None]) -> Any:
    """Return a check for all values of an option that may be repeated."""

    def check_all(
        ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]
    ) -> tuple[T | None, ...]:
        return tuple(check(ctx, param, text) for text in texts)

    return check_all


def real(*, zero: bool) -> Check[float]:
    """Return a check for finite numbers that are positive or, if allowed, zero."""
    rule = "must be a number of at least 0" if zero else "must be a number greater than 0"

    def check(ctx: click.Context, param: click.Parameter, text: str | None) -> float | None:
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            raise _broken(param, rule, text) from None
        if not math.isfinite(number) or number < 0 or (number == 0 and not zero):
            raise _broken(param, rule, text)
        return number

    return check


def one_of(*words: str) -> Check[str]:
    """Return a check for one of a few words."""

    def check(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
        if text is not None and text not in words:
            raise _broken(param, f"must be {' or '.join(words)}", text)
        return text

    return check


def check_new(option: str, path: str, force: bool) -> None:
    """Refuse a file that exists, so that no result is lost by accident.

    Raises
    ------
    OptionError
        Unless `force` is set.
    """
    if os.path.isfile(path) and not force:
        raise OptionError(
            f"{option} must name a new file, but {path} exists; "
            "name another, or add --force to replace it"
        )


def _finite(param: click.Parameter, part: str, text: str) -> float:
    """Return the number that a part of an option's text is."""
    try:
        number = float(part)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        rule = "must be a finite number" if part == text else "must be finite numbers"
        raise _broken(param, rule, text)
    return number


def _broken(param: click.Parameter, rule: str, text: str) -> click.BadParameter:
    return click.BadParameter(f"{rule}, got {text}", param=param)


def renamed_option(old: str, new: str) -> Callable[[Command], Command]:
    """Return a decorator by which a flag that is gone tells the new one."""

    def refuse(ctx: click.Context, param: click.Parameter, given: bool) -> None:
        if given:
            raise OptionError(f"{old} is gone; use {new}")

    return click.option(old, is_flag=True, hidden=True, expose_value=False, callback=refuse)
