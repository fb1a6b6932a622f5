"""Drawings of networks: what to show, where to put it, and the ink."""
