"""Learning channels under physical constraints as studies with verdicts: `make constraints`."""
