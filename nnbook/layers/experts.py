"""Mixture of experts: many small networks, of which a gate chooses a few for each token.

The params grow with the number of experts, the work for a token only with the number chosen for it.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.activations import relu, softmax
from nnbook.pytree import params

Gate = Callable[[Float[Array, "tokens experts"]], Float[Array, "tokens experts"]]


@params
class Experts:
    """The gate's weights, and two layers for each expert, with the experts' axis first."""

    w_gate: Float[Array, "experts d_model"]
    w_hidden: Float[Array, "experts d_hidden d_model"]
    b_hidden: Float[Array, "experts d_hidden"]
    w_output: Float[Array, "experts d_model d_hidden"]
    b_output: Float[Array, "experts d_model"]


def init(key: Key[Array, ""], *, d_model: int, d_hidden: int, experts: int) -> Experts:
    """Draw the weights: normal, variance 1 / inputs for the gate and the second layer, 2 / inputs before the ReLU.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init(jax.random.key(0), d_model=4, d_hidden=8, experts=3).w_hidden.shape
    (3, 8, 4)
    """
    require_key("experts.init", key)
    require_sizes("experts.init", d_model=d_model, d_hidden=d_hidden, experts=experts)
    key_gate, key_hidden, key_output = jax.random.split(key, 3)
    return Experts(
        w_gate=jax.random.normal(key_gate, (experts, d_model)) / math.sqrt(d_model),
        w_hidden=jax.random.normal(key_hidden, (experts, d_hidden, d_model)) * math.sqrt(2 / d_model),
        b_hidden=jnp.zeros((experts, d_hidden)),
        w_output=jax.random.normal(key_output, (experts, d_model, d_hidden)) / math.sqrt(d_hidden),
        b_output=jnp.zeros((experts, d_model)),
    )


def gate_logits(params: Experts, x: Float[Array, "tokens d_model"]) -> Float[Array, "tokens experts"]:
    """How well each expert suits each token, before any is chosen: x W_g.

    Raises ShapeError if x is empty or its width is not the weights' d_model, TypeError if it is not made of floats.
    Source: Shazeer et al. (2017), eq. (4), without its noise.

    >>> gate_logits(init(jax.random.key(0), d_model=4, d_hidden=8, experts=3), jnp.ones((2, 4))).shape
    (2, 3)
    """
    require_floats("experts", x)
    if x.ndim != 2 or x.shape[0] == 0 or x.shape[1] != params.w_gate.shape[1]:
        raise ShapeError(
            "experts",
            got=f"x of shape {x.shape}",
            want=f"shape (tokens, {params.w_gate.shape[1]}), at least one token of width d_model",
            hint="one example at a time; for a batch, use jax.vmap",
        )
    return x @ params.w_gate.T


def top_k_gates(logits: Float[Array, "tokens experts"], k: int = 2) -> Float[Array, "tokens experts"]:
    """Share each token among the k experts that suit it best: a softmax over their logits, 0 for all others.

    Of equal experts the first is taken. With k = 1 the share is always 1, from which the gate learns nothing: take
    `switch_gates`. Raises ValueError unless 1 ≤ k ≤ experts.
    Source: Shazeer et al. (2017), eq. (3) and (5).

    >>> top_k_gates(jnp.array([[1.0, 5.0, 5.0, 0.0]]), k=2).tolist()
    [[0.0, 0.5, 0.5, 0.0]]
    """
    require_sizes("top_k_gates", k=k)
    experts = logits.shape[-1]
    if k > experts:
        raise ValueError(f"top_k_gates: got k={k} for {experts} experts; wants at most as many")
    _, best = jax.lax.top_k(logits, k)
    chosen = jax.nn.one_hot(best, experts, dtype=jnp.bool_).any(-2)
    return softmax(jnp.where(chosen, logits, -jnp.inf))


def switch_gates(logits: Float[Array, "tokens experts"]) -> Float[Array, "tokens experts"]:
    """Send each token to one expert, whose answer counts with the probability that the gate gave it among all.

    Source: Fedus, Zoph and Shazeer (2021), Switch Transformers, eq. (1) and (2).

    >>> [round(share, 3) for share in switch_gates(jnp.array([[2.0, 0.0]]))[0].tolist()]
    [0.881, 0.0]
    """
    best = jax.nn.one_hot(logits.argmax(-1), logits.shape[-1], dtype=jnp.bool_)
    return jnp.where(best, softmax(logits), 0)


def apply(
    params: Experts, x: Float[Array, "tokens d_model"], gate: Gate = top_k_gates
) -> Float[Array, "tokens d_model"]:
    """Answer each token with the shares of its experts' answers: Σ_e g_e · E_e(x).

    Every expert works on every token here, and what was not chosen counts 0: exact and simple, and no work is saved.
    Raises as `gate_logits` does.
    Source: Shazeer et al. (2017), eq. (1).

    >>> apply(init(jax.random.key(0), d_model=4, d_hidden=8, experts=3), jnp.ones((2, 4))).shape
    (2, 4)
    """
    gates = gate(gate_logits(params, x))
    everyone = jnp.broadcast_to(x, (params.w_gate.shape[0], *x.shape))
    return jnp.einsum("te,etm->tm", gates, _answers(params, everyone))


def apply_with_capacity(
    params: Experts, x: Float[Array, "tokens d_model"], capacity: int, gate: Gate = top_k_gates
) -> Float[Array, "tokens d_model"]:
    """`apply` with work saved: each expert takes the first `capacity` tokens sent to it, and leaves out the rest.

    Tokens travel through a one-hot array (tokens, experts, capacity), so that all shapes are known beforehand. What an
    expert leaves out counts 0: with a residual connection around the layer, such a token passes unchanged. A usual
    capacity is 1.25 · k · tokens / experts.
    Raises as `gate_logits` does, ValueError for a capacity below 1.
    Source: Fedus, Zoph and Shazeer (2021), Switch Transformers, section 2.2; Lepikhin et al. (2020), GShard.

    >>> layer = init(jax.random.key(0), d_model=4, d_hidden=8, experts=3)
    >>> x = jax.random.normal(jax.random.key(1), (5, 4))
    >>> bool(jnp.allclose(apply_with_capacity(layer, x, capacity=5), apply(layer, x), atol=1e-5))
    True
    """
    require_sizes("experts", capacity=capacity)
    gates = gate(gate_logits(params, x))
    sent = gates > 0
    place = jnp.cumsum(sent, axis=0) - 1  # in the queue of each expert
    seats = jnp.where(sent, place, capacity)  # one past the end is no seat, and one_hot leaves it out
    dispatch = jax.nn.one_hot(seats, capacity, dtype=x.dtype)
    answers = _answers(params, jnp.einsum("tec,tm->ecm", dispatch, x))
    return jnp.einsum("te,tec,ecm->tm", gates, dispatch, answers)


def load_balancing_loss(logits: Float[Array, "tokens experts"]) -> Float[Array, ""]:
    """How unevenly tokens are spread: experts · Σ_e f_e P_e, 1 when even, the number of experts when one has all.

    f_e is the share of tokens whose best expert is e, P_e the mean probability of e, through which the gradient goes.
    To be added to the loss times a small number, such as 0.01.
    Raises ShapeError unless there is at least one token and one expert.
    Source: Fedus, Zoph and Shazeer (2021), Switch Transformers, eq. (4) to (6).

    >>> round(float(load_balancing_loss(10 * jnp.eye(4))), 2), round(float(load_balancing_loss(10 * jnp.eye(4)[:1])), 2)
    (1.0, 4.0)
    """
    if logits.ndim != 2 or 0 in logits.shape:
        raise ShapeError("load_balancing_loss", got=f"logits of shape {logits.shape}", want="shape (tokens, experts)")
    experts = logits.shape[1]
    share = jax.nn.one_hot(logits.argmax(-1), experts, dtype=logits.dtype).mean(0)
    return experts * (share * softmax(logits).mean(0)).sum()


def _answers(params: Experts, x: Float[Array, "experts n d_model"]) -> Float[Array, "experts n d_model"]:
    """What each expert says to its own n tokens."""
    hidden = relu(jnp.einsum("enm,ehm->enh", x, params.w_hidden) + params.b_hidden[:, None])
    return jnp.einsum("enh,emh->enm", hidden, params.w_output) + params.b_output[:, None]
