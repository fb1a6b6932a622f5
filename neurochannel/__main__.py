"""`python -m neurochannel` is the command line."""

from neurochannel.cli import main

main()
