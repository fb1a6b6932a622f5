"""Studies: grids of networks, run side by side or on a cluster, and kept point by point."""
