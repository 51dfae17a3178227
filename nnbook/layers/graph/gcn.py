"""Graph convolution: every node takes a weighted sum of itself and its neighbours, and all share one matrix of weights.

The graph is normalised once, before training (`normalise`); a layer then is two products, Â X Wᵀ.
"""

from collections.abc import Callable

import jax
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.graph.edges import Graph, WeightedGraph, add_self_loops, in_degrees, require_nodes
from nnbook.layers.graph.message_passing import propagate
from nnbook.layers.linear import xavier_uniform
from nnbook.pytree import params


@params
class GraphConvolution:
    """Row i of w holds the weights of output i, as in a linear layer; the paper's W is the transpose."""

    w: Float[Array, "outputs inputs"]


def normalise(graph: Graph, *, nodes: int) -> WeightedGraph:
    """Let every node send to itself too, and weigh the edge from j to i by 1 / √(d̃ᵢ d̃ⱼ): Â = D̃^−½ (A + I) D̃^−½.

    d̃ counts the edges that lead to a node, its own included, so it is never 0: a node alone keeps its features. The
    eigenvalues of Â lie in (−1, 1] for an undirected graph, so that layers on layers do not blow up. The paper speaks of
    undirected graphs; in a directed one both d̃ count what comes in.
    Raises ShapeError if the graph is not two lists of one length, TypeError if they do not hold whole numbers,
    ValueError for fewer than one node.
    Source: Kipf and Welling (2017), eq. (2); done once before training, section 3.1.

    >>> import jax.numpy as jnp
    >>> two = Graph(senders=jnp.array([0, 1]), receivers=jnp.array([1, 0]))
    >>> normalise(two, nodes=3).weights.round(2).tolist()  # the edge twice, then the loops of the three nodes
    [0.5, 0.5, 0.5, 0.5, 1.0]
    """
    looped = add_self_loops(graph, nodes=nodes)
    scale = jax.lax.rsqrt(in_degrees(looped, nodes=nodes))
    return WeightedGraph(graph=looped, weights=scale[looped.senders] * scale[looped.receivers])


def init(
    key: Key[Array, ""], *, inputs: int, outputs: int, weights: Callable[..., jax.Array] = xavier_uniform
) -> GraphConvolution:
    """Draw the weights by the function given, one from `nnbook.layers.linear`.

    Raises TypeError for a key that is not one, ValueError for a size below 1.
    Source: Kipf and Welling (2017), section 5.2 (Glorot and Bengio's weights).

    >>> init(jax.random.key(0), inputs=3, outputs=2).w.shape
    (2, 3)
    """
    require_key("gcn.init", key)
    require_sizes("gcn.init", inputs=inputs, outputs=outputs)
    return GraphConvolution(w=weights(key, inputs=inputs, outputs=outputs))


def apply(
    params: GraphConvolution, x: Float[Array, "nodes inputs"], normalised: WeightedGraph
) -> Float[Array, "nodes outputs"]:
    """Mix the features of each node with its neighbours', then weigh and add: Â X Wᵀ, before the activation.

    `normalised` is the graph that `normalise` made. Raises ShapeError if x is not one row for each node, or as wide as
    w wants, TypeError if x is not made of floats or the graph is not normalised.
    Source: Kipf and Welling (2017), eq. (2).

    >>> import jax.numpy as jnp
    >>> two = normalise(Graph(senders=jnp.array([0, 1]), receivers=jnp.array([1, 0])), nodes=2)
    >>> apply(GraphConvolution(w=jnp.array([[1.0, 10.0]])), jnp.array([[1.0, 0.0], [0.0, 1.0]]), two).round(2).tolist()
    [[5.5], [5.5]]
    """
    w = require_floats("gcn", params.w, "w")
    if w.ndim != 2 or 0 in w.shape:
        raise ShapeError("gcn", got=f"w of shape {w.shape}", want="w of shape (outputs, inputs)")
    outputs, inputs = w.shape
    x = require_nodes("gcn", x, features=inputs)
    # Both orders are the same product; what travels along the edges should be the narrower of the two.
    if outputs <= inputs:
        return propagate(x @ w.T, normalised)
    return propagate(x, normalised) @ w.T
