"""What is proved about learning channels, computed and drawn: `make theory`."""
