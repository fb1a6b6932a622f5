"""What is said of networks and studies: one structure, written as text and as HTML."""
