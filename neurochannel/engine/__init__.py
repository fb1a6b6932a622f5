"""How a network runs: compiled to a program of array instructions, with state of its own."""
