"""Write neurochannel/data/digits.npz from scikit-learn's copy of the UCI optical digits.

Needs scikit-learn, which neurochannel itself does not.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TARGET = Path(__file__).parents[1] / "neurochannel" / "data" / "digits.npz"


def main() -> None:
    """Split the digits, every fifth image a test image, and store them as uint8."""
    digits = load_digits()
    images, labels = digits.data.astype(np.uint8), digits.target.astype(np.uint8)
    test = np.arange(len(images)) % 5 == 4
    np.savez_compressed(
        TARGET,
        train_x=images[~test],
        train_t=labels[~test],
        test_x=images[test],
        test_t=labels[test],
        scale=np.float64(1 / 16),
    )
    print(f"wrote {TARGET}: {np.sum(~test)} training and {np.sum(test)} test images")


if __name__ == "__main__":
    main()
