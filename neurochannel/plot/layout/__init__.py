"""Where everything in a drawing of a network goes, in plain numbers and without matplotlib."""
