"""Activations that look at several numbers at once: softmax shares out, gated units multiply two halves."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats
from nnbook.layers.activations.self_gated import silu
from nnbook.layers.activations.smooth import sigmoid


def softmax(logits: Float[ArrayLike, "*batch classes"], temperature: ArrayLike = 1.0) -> Float[Array, "*batch classes"]:
    r"""Turn scores into shares that sum to 1: pᵢ = exp(zᵢ/T) / Σⱼ exp(zⱼ/T), along the last axis.

    Formula: p_i = \frac{e^{z_i / T}}{\sum_j e^{z_j / T}}
    The temperature T is positive and has the unit of the logits: towards 0 the largest takes all, towards ∞ all
    are equal. A logit of −∞ gets the share 0; if all are −∞, the shares are NaN.
    Derivative: ∂pᵢ/∂zⱼ = pᵢ (δᵢⱼ − pⱼ) / T, see `softmax_jacobian`.
    Range: (0, 1), summing to 1.
    Used: the last layer of a classifier; the weights of attention.
    Weakness: one large logit takes nearly everything and the gradient vanishes; never exactly 0.
    Raises ShapeError for a scalar or an empty last axis, ValueError for a temperature that is not positive.
    Source: Bridle (1990), eq. (4); the temperature, Hinton, Vinyals and Dean (2015), eq. (1).

    >>> softmax(jnp.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    scaled = _below_zero("softmax", logits, temperature)
    shares = jnp.exp(scaled)
    return shares / shares.sum(axis=-1, keepdims=True)


def log_softmax(
    logits: Float[ArrayLike, "*batch classes"], temperature: ArrayLike = 1.0
) -> Float[Array, "*batch classes"]:
    r"""Give the logarithm of the shares: log pᵢ = zᵢ/T − log Σⱼ exp(zⱼ/T), along the last axis, in nats.

    Formula: \log p_i = \tfrac{z_i}{T} - \log \sum_j e^{z_j / T}
    Derivative: ∂ log pᵢ/∂zⱼ = (δᵢⱼ − pⱼ) / T.
    Range: (−∞, 0].
    Used: cross-entropy; log(softmax(z)) would be log 0 where a share underflows.
    Weakness: none of its own; it is the safe form.
    Raises as `softmax` does.
    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, eq. (6.30).

    >>> log_softmax(jnp.array([0.0, -10000.0])).tolist()
    [0.0, -10000.0]
    """
    scaled = _below_zero("log_softmax", logits, temperature)
    return scaled - jnp.log(jnp.exp(scaled).sum(axis=-1, keepdims=True))


def softmax_jacobian(
    logits: Float[ArrayLike, "classes"], temperature: ArrayLike = 1.0
) -> Float[Array, "classes classes"]:
    r"""Give the slope of every share with every logit: row i, column j holds pᵢ (δᵢⱼ − pⱼ) / T.

    Formula: \frac{\partial p_i}{\partial z_j} = \frac{p_i\,(\delta_{ij} - p_j)}{T}
    Rows and columns sum to 0: what one share gains, the others lose.
    Raises as `softmax` does.
    Source: Bridle (1990).

    >>> softmax_jacobian(jnp.array([0.0, 0.0])).tolist()
    [[0.25, -0.25], [-0.25, 0.25]]
    """
    shares = softmax(logits, temperature)
    return (jnp.diag(shares) - jnp.outer(shares, shares)) / temperature


def _below_zero(where: str, logits: ArrayLike, temperature: ArrayLike) -> jax.Array:
    # Softmax does not change when all logits move together: with the largest at 0, no exponential overflows.
    logits = require_floats(where, logits, "logits")
    if logits.ndim == 0 or logits.shape[-1] == 0:
        raise ShapeError(where, got=f"logits of shape {logits.shape}", want="at least one logit in the last axis")
    if isinstance(temperature, int | float) and not temperature > 0:
        raise ValueError(f"{where}: got temperature={temperature}; wants more than 0")
    largest = jax.lax.stop_gradient(logits.max(axis=-1, keepdims=True))
    return (logits - largest) / temperature


def glu(value: Float[ArrayLike, "*shape"], gate: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    r"""Let a gate decide how much of each value passes: value · σ(gate).

    Formula: v\,\sigma(g)
    Derivative: σ(gate) with the value, value · σ(gate)(1 − σ(gate)) with the gate.
    Range: (−∞, ∞).
    Used: convolutional sequence models; a linear layer makes value and gate each.
    Weakness: twice the weights for one output.
    Raises ShapeError if value and gate differ in shape.
    Source: Dauphin et al. (2017), eq. (1).

    >>> glu(jnp.array([4.0]), jnp.array([0.0])).tolist()
    [2.0]
    """
    value, gate = _same_shape("glu", value, gate)
    return value * sigmoid(gate)


def swiglu(value: Float[ArrayLike, "*shape"], gate: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    r"""Gate each value by the SiLU of its gate: value · gate · σ(gate).

    Formula: v\,g\,\sigma(g)
    Derivative: silu(gate) with the value, value · silu′(gate) with the gate.
    Range: (−∞, ∞).
    Used: the feed-forward part of LLaMA and most of today's language models.
    Weakness: three weight matrices instead of two; the middle is cut to two thirds to pay for it.
    Raises ShapeError if value and gate differ in shape.
    Source: Shazeer (2020), eq. (5), with β = 1 and no bias.

    >>> swiglu(jnp.array([4.0]), jnp.array([0.0])).tolist()
    [0.0]
    """
    value, gate = _same_shape("swiglu", value, gate)
    return value * silu(gate)


def _same_shape(where: str, value: ArrayLike, gate: ArrayLike) -> tuple[jax.Array, jax.Array]:
    value, gate = require_floats(where, value, "value"), require_floats(where, gate, "gate")
    if value.shape != gate.shape:
        raise ShapeError(where, got=f"value of shape {value.shape} and gate of shape {gate.shape}", want="equal shapes")
    return value, gate
