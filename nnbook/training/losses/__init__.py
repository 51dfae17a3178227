"""Losses: one number that says how wrong the predictions are, averaged over the batch.

`classification` holds those for classes, all from logits, `regression` those for numbers.
"""

from nnbook.training.losses.classification import (
    binary_cross_entropy,
    cross_entropy,
    hinge,
    kl_divergence,
    smoothed_cross_entropy,
    soft_cross_entropy,
)
from nnbook.training.losses.regression import cosine_distance, huber, mae, mse

__all__ = [
    "binary_cross_entropy",
    "cosine_distance",
    "cross_entropy",
    "hinge",
    "huber",
    "kl_divergence",
    "mae",
    "mse",
    "smoothed_cross_entropy",
    "soft_cross_entropy",
]
