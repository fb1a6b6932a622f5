"""Graphs of other tools: their files, and the steps from such a graph to a network."""
