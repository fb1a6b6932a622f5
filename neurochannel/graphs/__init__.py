"""Networks as graphs of networkx, as edge lists and as files, of populations or of neurons."""
