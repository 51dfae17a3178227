"""Optimisers derived by hand: what SGD, momentum, RMSProp, Adam and AdamW do with a gradient, written out.

Each has `…_init(params) -> state`, where it remembers anything, and `…_update(gradients, state, params, …)`, which
gives the new params and the new state. They are here to be read: training uses optax's, and the tests show both equal.
All work leaf by leaf, on any pytree of floats, and keep its dtypes.

`momentum` holds SGD and its relatives, `adaptive` those with a step length for each weight.
"""

from nnbook.training.optimizers.adaptive import (
    Adam,
    RMSProp,
    adam_init,
    adam_update,
    adamw_update,
    rmsprop_init,
    rmsprop_update,
)
from nnbook.training.optimizers.momentum import (
    Momentum,
    heavy_ball_update,
    momentum_init,
    nesterov_update,
    sgd_update,
)

__all__ = [
    "Adam",
    "Momentum",
    "RMSProp",
    "adam_init",
    "adam_update",
    "adamw_update",
    "heavy_ball_update",
    "momentum_init",
    "nesterov_update",
    "rmsprop_init",
    "rmsprop_update",
    "sgd_update",
]
