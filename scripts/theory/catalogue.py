"""All theorems, in the order of the page."""

from __future__ import annotations

from scripts.theory import chains, facts, layers, nonlinear

THEOREMS = (*chains.THEOREMS, *layers.THEOREMS, *nonlinear.THEOREMS, *facts.THEOREMS)
