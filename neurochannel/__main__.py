"""`python -m neurochannel` is the command line."""

from neurochannel.cli import main

if __name__ == "__main__":  # workers of MPI import this module as well
    main()
