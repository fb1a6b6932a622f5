"""The command line: one thin function for each command."""

from neurochannel.cli.command_group import main

__all__ = ["main"]
