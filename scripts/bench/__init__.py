"""Measures neurochannel beside its peers: `make bench`."""
