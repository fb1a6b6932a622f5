"""The section on CIFAR-10, which has a page of its own: what the paper says, and what was found."""

from __future__ import annotations

from pathlib import Path

TEXT = """\
## CIFAR-10

Section 4.3 of the paper has a convolutional network on CIFAR-10, with figures and no table, and
calls its results very similar to those on MNIST. Published work on other convolutional networks
finds wide gaps between backpropagation and random channels. [CIFAR-10: what channels teach
convolutions](cifar.md) has numbers of others, and tests the paper's network and a smaller one, with
convolutions that stay as they were drawn as a control.
"""


def cifar_section(page: Path) -> list[str]:
    """Return the section's lines, with the count and the table of verdicts of the page.

    Parameters
    ----------
    page
        The page on CIFAR-10, which `make cifar` writes; without it nothing is said to be found.
    """
    if not page.is_file():
        return TEXT.splitlines()
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Statements: "))
    end = next(i for i, line in enumerate(lines) if line.startswith("## ") and i > start)
    found = [line.replace("](#", "](cifar.md#") for line in lines[start:end]]
    return [*TEXT.splitlines(), "", *found[:-1]]
