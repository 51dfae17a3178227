"""Metrics: what a trained model is judged by. They need no gradient, so they may count and sort.

`classification` judges decisions, `probability` the scores and probabilities behind them, `regression` numbers,
`distances` samples.
"""

from nnbook.training.metrics.classification import accuracy, confusion_matrix, f1, precision, recall, top_k_accuracy
from nnbook.training.metrics.distances import energy_distance
from nnbook.training.metrics.probability import bits_per_byte, calibration_error, perplexity, roc_auc
from nnbook.training.metrics.regression import r_squared

__all__ = [
    "accuracy",
    "bits_per_byte",
    "calibration_error",
    "confusion_matrix",
    "energy_distance",
    "f1",
    "perplexity",
    "precision",
    "r_squared",
    "recall",
    "roc_auc",
    "top_k_accuracy",
]
