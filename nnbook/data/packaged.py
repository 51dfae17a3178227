"""Data that ships inside other packages: the extra `data` brings them, nothing is downloaded later."""

import jax.numpy as jnp
import numpy as np

from nnbook.data.dataset import Dataset


def digits() -> Dataset:
    """Load 1,797 handwritten digits of 8 × 8 pixels.

    Inputs of shape (1797, 64), row by row, brightness from 0 (paper) to 1 (ink), counted in sixteenths; labels of
    shape (1797,), the digit. `inputs.reshape(-1, 8, 8)` gives images. 43 people wrote them, and each pixel is the
    number of black ones in a 4 × 4 block of a scan.
    Raises ImportError if scikit-learn is not installed.
    Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository
    (CC BY 4.0), the test part, as shipped by scikit-learn (BSD-3-Clause).

    >>> digits().inputs.shape
    (1797, 64)
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        raise ImportError(
            "digits: needs scikit-learn. Hint: it is in the extra `data`, pip install -e '.[data]' in a clone of the book"
        ) from missing
    bunch = load_digits()
    return Dataset(
        inputs=jnp.asarray(bunch.data / 16, dtype=jnp.float32), labels=jnp.asarray(bunch.target.astype(np.int32))
    )
