"""The channel designer: a page in the browser that shows, changes and trains one network."""
