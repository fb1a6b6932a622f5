"""Pages that open from disk: one file each, with our own style and script inside."""
