"""Inner loops: plain arrays in, plain arrays out; they know no graph and no file."""
