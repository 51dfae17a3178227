"""Descent with a step length for each weight: RMSProp, Adam and AdamW."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PyTree

from nnbook.pytree import params
from nnbook.training.optimizers.rules import Rate, descend, moving_mean, require_alike, require_share, zeros


@params
class RMSProp:
    """The mean square of each gradient, over about the last 1 / (1 − decay) steps."""

    mean_square: PyTree


@params
class Adam:
    """The steps taken, and the moving means of each gradient (m in the paper) and of its square (v)."""

    count: Int[Array, ""]
    mean: PyTree
    mean_square: PyTree


def rmsprop_init(params: PyTree) -> RMSProp:
    """Start with mean squares of 0, so that the first steps are large: 1 / √(1 − decay) learning rates.

    >>> rmsprop_init(jnp.array([1.0])).mean_square.tolist()
    [0.0]
    """
    return RMSProp(mean_square=zeros(params))


def rmsprop_update(
    gradients: PyTree, state: RMSProp, params: PyTree, *, learning_rate: Rate, decay: float = 0.9, epsilon: float = 1e-8
) -> tuple[PyTree, RMSProp]:
    """Divide each gradient by its usual size: r ← ρ r + (1 − ρ) g², then θ ← θ − η g / √(r + ε).

    ε stands inside the root, as in optax's `rmsprop` and the book named below. Outside, √r + ε, as PyTorch has it, a
    gradient much smaller than √ε = 10⁻⁴ would still take full steps; here it takes smaller ones.
    Raises ShapeError if the gradients are not those of the params, ValueError unless 0 ≤ decay < 1.
    Source: Tieleman and Hinton (2012), lecture 6.5; Goodfellow, Bengio and Courville (2016), algorithm 8.5.

    >>> params, state = rmsprop_update(jnp.array([2.0]), RMSProp(jnp.array([4.0])), jnp.array([1.0]), learning_rate=0.5)
    >>> round(float(params[0]), 4)
    0.5
    """
    require_alike("rmsprop_update", gradients, params)
    require_share("rmsprop_update", decay=decay)
    mean_square = moving_mean(state.mean_square, jax.tree.map(jnp.square, gradients), decay)
    steps = jax.tree.map(lambda g, r: g / jnp.sqrt(r + epsilon), gradients, mean_square)
    return descend(params, steps, learning_rate), RMSProp(mean_square)


def adam_init(params: PyTree) -> Adam:
    """Start with both means at 0; Adam makes up for that until they have forgotten it.

    >>> adam_init(jnp.array([1.0])).count.tolist()
    0
    """
    return Adam(count=jnp.zeros((), jnp.int32), mean=zeros(params), mean_square=zeros(params))


def adam_update(
    gradients: PyTree,
    state: Adam,
    params: PyTree,
    *,
    learning_rate: Rate,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[PyTree, Adam]:
    """Step by the mean gradient over its usual size: θ ← θ − η m̂ / (√v̂ + ε).

    m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g² start at 0, hence too small; m̂ = m / (1 − β₁ᵗ) and
    v̂ = v / (1 − β₂ᵗ) are not. The first step has length η in every direction, whatever the gradient's size.
    ε stands outside the root and beside v̂, as in the paper's algorithm, optax's `adam` and PyTorch; the faster form
    in its section 2, which TensorFlow has, puts it beside √v, where early on it counts for more.
    Raises ShapeError if the gradients are not those of the params, ValueError unless 0 ≤ β < 1.
    Source: Kingma and Ba (2015), algorithm 1.

    >>> params, state = adam_update(jnp.array([1e-3]), adam_init(jnp.array([1.0])), jnp.array([1.0]), learning_rate=0.25)
    >>> round(float(params[0]), 4)
    0.75
    """
    steps, state = _adam_steps("adam_update", gradients, state, params, beta1, beta2, epsilon)
    return descend(params, steps, learning_rate), state


def adamw_update(
    gradients: PyTree,
    state: Adam,
    params: PyTree,
    *,
    learning_rate: Rate,
    weight_decay: float = 1e-4,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[PyTree, Adam]:
    """Adam, with weights that shrink by themselves: θ ← θ − η (m̂ / (√v̂ + ε) + λ θ). The state is `adam_init`'s.

    A penalty in the loss would be divided by √v̂ like the rest of the gradient, and so hardly shrink the weights with
    large gradients; this shrinks all alike. λ is multiplied by η, as in optax and PyTorch; in the paper it is not.
    Raises ShapeError if the gradients are not those of the params, ValueError unless 0 ≤ β < 1.
    Source: Loshchilov and Hutter (2019), algorithm 2, line 12.

    >>> params, state = adamw_update(jnp.array([1e-3]), adam_init(jnp.array([1.0])), jnp.array([1.0]),
    ...                              learning_rate=0.25, weight_decay=0.5)
    >>> round(float(params[0]), 4)
    0.625
    """
    steps, state = _adam_steps("adamw_update", gradients, state, params, beta1, beta2, epsilon)
    steps = jax.tree.map(lambda s, p: s + weight_decay * p, steps, params)
    return descend(params, steps, learning_rate), state


def _adam_steps(
    where: str, gradients: PyTree, state: Adam, params: PyTree, beta1: float, beta2: float, epsilon: float
) -> tuple[PyTree, Adam]:
    require_alike(where, gradients, params)
    require_share(where, beta1=beta1, beta2=beta2)
    count = state.count + 1
    mean = moving_mean(state.mean, gradients, beta1)
    mean_square = moving_mean(state.mean_square, jax.tree.map(jnp.square, gradients), beta2)
    t = count.astype(jnp.float32)
    seen1, seen2 = 1 - beta1**t, 1 - beta2**t  # the share of each mean that comes from gradients, not from the start

    def step(m: jax.Array, v: jax.Array) -> jax.Array:
        return m / seen1.astype(m.dtype) / (jnp.sqrt(v / seen2.astype(v.dtype)) + epsilon)

    return jax.tree.map(step, mean, mean_square), Adam(count, mean, mean_square)
