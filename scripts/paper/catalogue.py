"""All experiments, in the order of the page."""

from __future__ import annotations

from scripts.paper.beyond import BEYOND
from scripts.paper.channels import CHANNELS
from scripts.paper.rules import RULES

EXPERIMENTS = (*RULES, *CHANNELS, *BEYOND)
