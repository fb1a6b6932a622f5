"""What learning channels teach convolutional networks on CIFAR-10: studies, verdicts and a page."""
