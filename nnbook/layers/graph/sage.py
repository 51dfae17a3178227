"""GraphSAGE: a node keeps its own features apart from the average of its neighbours', and weighs the two differently.

That makes it work on nodes, even whole graphs, that were not there in training. The paper averages over a sample of the
neighbours, to save time on large graphs; here it is all of them.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.graph.edges import Graph, require_graph, require_nodes
from nnbook.layers.graph.message_passing import mean_messages
from nnbook.layers.linear import xavier_uniform
from nnbook.pytree import params


@params
class GraphSage:
    """The paper's W, cut where it meets the concatenated vectors: the part for a node, and that for its neighbours."""

    w_self: Float[Array, "outputs inputs"]
    w_neighbours: Float[Array, "outputs inputs"]


def init(
    key: Key[Array, ""], *, inputs: int, outputs: int, weights: Callable[..., jax.Array] = xavier_uniform
) -> GraphSage:
    """Draw the weights by the function given, one from `nnbook.layers.linear`, for both halves in one piece.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init(jax.random.key(0), inputs=3, outputs=2).w_self.shape
    (2, 3)
    """
    require_key("sage.init", key)
    require_sizes("sage.init", inputs=inputs, outputs=outputs)
    w = weights(key, inputs=2 * inputs, outputs=outputs)
    return GraphSage(w_self=w[:, :inputs], w_neighbours=w[:, inputs:])


def apply(params: GraphSage, x: Float[Array, "nodes inputs"], graph: Graph) -> Float[Array, "nodes outputs"]:
    """Weigh each node's features and the mean of what it receives: W · [x ‖ mean of neighbours], before the activation.

    A node that receives nothing has a mean of 0. Raises ShapeError if x is not one row for each node, or as wide as the
    weights want, TypeError if x is not made of floats.
    Source: Hamilton, Ying and Leskovec (2017), algorithm 1, lines 4 and 5, with the mean aggregator.

    >>> layer = GraphSage(w_self=jnp.array([[1.0]]), w_neighbours=jnp.array([[10.0]]))
    >>> graph = Graph(senders=jnp.array([0, 1]), receivers=jnp.array([2, 2]))
    >>> apply(layer, jnp.array([[1.0], [3.0], [5.0]]), graph).tolist()
    [[1.0], [3.0], [25.0]]
    """
    w_self, w_neighbours = (
        require_floats("sage", w, name)
        for w, name in ((params.w_self, "w_self"), (params.w_neighbours, "w_neighbours"))
    )
    if w_self.ndim != 2 or 0 in w_self.shape or w_self.shape != w_neighbours.shape:
        raise ShapeError(
            "sage",
            got=f"w_self of shape {w_self.shape}, w_neighbours of shape {w_neighbours.shape}",
            want="both of shape (outputs, inputs)",
        )
    outputs, inputs = w_self.shape
    x = require_nodes("sage", x, features=inputs)
    require_graph("sage", graph)
    # The mean of products is the product of the mean; what travels along the edges should be the narrower of the two.
    if outputs <= inputs:
        sent = x @ w_neighbours.T
        return x @ w_self.T + mean_messages(sent[graph.senders], graph.receivers, nodes=x.shape[0])
    return x @ w_self.T + mean_messages(x[graph.senders], graph.receivers, nodes=x.shape[0]) @ w_neighbours.T


def unit_length(x: Float[Array, "nodes features"]) -> Float[Array, "nodes features"]:
    """Divide the features of each node by their length, so that nodes differ in direction only; zeros stay zeros.

    The paper does it after each layer's activation. Raises ShapeError if x is not one row for each node, TypeError if it
    is not made of floats.
    Source: Hamilton, Ying and Leskovec (2017), algorithm 1, line 7.

    >>> unit_length(jnp.array([[3.0, 4.0], [0.0, 0.0]]))
    Array([[0.6, 0.8],
           [0. , 0. ]], dtype=float32)
    """
    x = require_nodes("unit_length", x)
    squares = (x * x).sum(axis=1, keepdims=True)
    # Inside of the root: a gradient of √0 is infinite, and 0 · ∞ is NaN.
    return x * jax.lax.rsqrt(jnp.where(squares > 0, squares, 1))
