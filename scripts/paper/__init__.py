"""The experiments on random backpropagation as studies with verdicts: `make paper`."""
