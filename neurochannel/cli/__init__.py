"""The command line: one thin function for each command."""

from neurochannel.cli.program import main

__all__ = ["main"]
