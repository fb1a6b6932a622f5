"""Compares neurochannel with its peers: `make bench`."""
