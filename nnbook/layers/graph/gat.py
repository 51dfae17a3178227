"""Graph attention: every node decides how much of each neighbour, and of itself, it takes in, in several heads.

Unlike attention in a Transformer it looks along the edges only, and scores by a small network instead of a dot product.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.activations import leaky_relu
from nnbook.layers.graph.edges import Graph, add_self_loops, require_nodes
from nnbook.layers.graph.message_passing import segment_softmax, sum_messages
from nnbook.pytree import params

# The slope of LeakyReLU below zero: Veličković et al. (2018), section 2.1.
SLOPE = 0.2


@params
class GraphAttention:
    """W of each head, and its vector a, cut in two: the part for who receives, and that for who sends."""

    w: Float[Array, "heads outputs inputs"]
    a_receiver: Float[Array, "heads outputs"]
    a_sender: Float[Array, "heads outputs"]


class EdgeAttention(NamedTuple):
    """The graph with its self-loops (last), what each node has to say, and how much of it each edge lets through."""

    graph: Graph
    values: Float[Array, "nodes heads outputs"]
    weights: Float[Array, "edges_and_nodes heads"]


def init(key: Key[Array, ""], *, inputs: int, outputs: int, heads: int) -> GraphAttention:
    """Draw the weights of all heads, each with its own number of outputs, uniformly as Glorot and Bengio do.

    Raises TypeError for a key that is not one, ValueError for a size below 1.
    Source: Veličković et al. (2018), section 3.3 (Glorot and Bengio's weights).

    >>> init(jax.random.key(0), inputs=3, outputs=2, heads=4).w.shape
    (4, 2, 3)
    """
    require_key("gat.init", key)
    require_sizes("gat.init", inputs=inputs, outputs=outputs, heads=heads)
    glorot = jax.nn.initializers.glorot_uniform(in_axis=-1, out_axis=-2, batch_axis=0)
    key_w, key_a = jax.random.split(key)
    a = glorot(key_a, (heads, 1, 2 * outputs))[:, 0]
    return GraphAttention(w=glorot(key_w, (heads, outputs, inputs)), a_receiver=a[:, :outputs], a_sender=a[:, outputs:])


def edge_attention(params: GraphAttention, x: Float[Array, "nodes inputs"], graph: Graph) -> EdgeAttention:
    """Share out the attention of each node over the edges that lead to it, and over itself.

    The score of an edge is LeakyReLU(aᵀ [W xᵢ ‖ W xⱼ]), i receiving from j; a softmax over all edges to i makes shares
    of the scores, which sum to 1 for each node and head.
    Raises ShapeError if x is not one row for each node, or as wide as w wants, TypeError if x is not made of floats.
    Source: Veličković et al. (2018), eq. (3).

    >>> two = Graph(senders=jnp.array([0, 1]), receivers=jnp.array([1, 0]))
    >>> layer = init(jax.random.key(0), inputs=3, outputs=2, heads=1)
    >>> edge_attention(layer, jnp.ones((2, 3)), two).weights.ravel().tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    _refuse_unlike_heads(params)
    x = require_nodes("gat", x, features=params.w.shape[-1])
    looped = add_self_loops(graph, nodes=x.shape[0])
    values = jnp.einsum("ni,hoi->nho", x, params.w)
    # aᵀ [u ‖ v] is a part for u and a part for v: each is computed once a node, not once an edge.
    receiving = jnp.einsum("nho,ho->nh", values, params.a_receiver)
    sending = jnp.einsum("nho,ho->nh", values, params.a_sender)
    scores = leaky_relu(receiving[looped.receivers] + sending[looped.senders], SLOPE)
    return EdgeAttention(looped, values, segment_softmax(scores, looped.receivers, nodes=x.shape[0]))


def apply(params: GraphAttention, x: Float[Array, "nodes inputs"], graph: Graph) -> Float[Array, "nodes all_outputs"]:
    """Average neighbours and self by attention, and set the heads side by side, before the activation.

    The result is heads · outputs wide, head after head. Raises as `edge_attention` does.
    Source: Veličković et al. (2018), eq. (5).

    >>> alone = Graph(senders=jnp.zeros(0, int), receivers=jnp.zeros(0, int))
    >>> apply(init(jax.random.key(0), inputs=3, outputs=2, heads=4), jnp.ones((5, 3)), alone).shape
    (5, 8)
    """
    heads = _heads(params, x, graph)
    return heads.reshape(heads.shape[0], -1)


def apply_averaged(
    params: GraphAttention, x: Float[Array, "nodes inputs"], graph: Graph
) -> Float[Array, "nodes outputs"]:
    """Average neighbours and self by attention, and then the heads: for the last layer, before its softmax.

    Raises as `edge_attention` does.
    Source: Veličković et al. (2018), eq. (6).

    >>> alone = Graph(senders=jnp.zeros(0, int), receivers=jnp.zeros(0, int))
    >>> apply_averaged(init(jax.random.key(0), inputs=3, outputs=2, heads=4), jnp.ones((5, 3)), alone).shape
    (5, 2)
    """
    return _heads(params, x, graph).mean(axis=1)


def _heads(params: GraphAttention, x: jax.Array, graph: Graph) -> Float[Array, "nodes heads outputs"]:
    looped, values, weights = edge_attention(params, x, graph)
    return sum_messages(weights[:, :, None] * values[looped.senders], looped.receivers, nodes=values.shape[0])


def _refuse_unlike_heads(params: GraphAttention) -> None:
    for name in ("w", "a_receiver", "a_sender"):
        require_floats("gat", getattr(params, name), name)
    w, a_receiver, a_sender = params.w, params.a_receiver, params.a_sender
    if w.ndim != 3 or 0 in w.shape or not a_receiver.shape == a_sender.shape == w.shape[:2]:
        raise ShapeError(
            "gat",
            got=f"w of shape {w.shape}, a_receiver of shape {a_receiver.shape}, a_sender of shape {a_sender.shape}",
            want="w of shape (heads, outputs, inputs), the other two of shape (heads, outputs)",
        )
