"""What a network is and does: mistakes, costs, locality, and alignment while it learns."""
