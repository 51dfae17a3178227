"""A graph as a matrix: A[i, j] says how much node i receives from node j, so that A X adds up what neighbours send.

Handy for small graphs and for proofs; it has nodes² entries, most of them 0.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats, require_sizes
from nnbook.layers.graph.edges import Graph, WeightedGraph, require_graph, require_weighted


def adjacency_matrix(graph: Graph, *, nodes: int) -> Float[Array, "nodes nodes"]:
    """Write a 1 into row i and column j for the edge from j to i; what stands twice counts twice.

    The matrix of an undirected graph is symmetric. Raises as `weighted_adjacency_matrix` does.

    >>> adjacency_matrix(Graph(senders=jnp.array([0]), receivers=jnp.array([1])), nodes=2).tolist()
    [[0.0, 0.0], [1.0, 0.0]]
    """
    require_graph("adjacency_matrix", graph)
    return weighted_adjacency_matrix(WeightedGraph(graph, jnp.ones(graph.senders.shape)), nodes=nodes)


def weighted_adjacency_matrix(weighted: WeightedGraph, *, nodes: int) -> Float[Array, "nodes nodes"]:
    """Write the weight of the edge from j to i into row i and column j, and 0 where there is none.

    Weights of edges that stand twice are added. Raises ShapeError if there is not one weight, sender and receiver for
    each edge, TypeError for weights that are not floats, ValueError for fewer than one node.

    >>> graph = Graph(senders=jnp.array([0]), receivers=jnp.array([1]))
    >>> weighted_adjacency_matrix(WeightedGraph(graph, weights=jnp.array([0.5])), nodes=2).tolist()
    [[0.0, 0.0], [0.5, 0.0]]
    """
    graph, weights = require_weighted("adjacency_matrix", weighted)
    require_sizes("adjacency_matrix", nodes=nodes)
    return jnp.zeros((nodes, nodes), weights.dtype).at[graph.receivers, graph.senders].add(weights)


def from_adjacency_matrix(matrix: Float[Array, "nodes nodes"]) -> Graph:
    """List the edges of a matrix of zeros and ones, row by row: the inverse of `adjacency_matrix`.

    Looks at the numbers, so not for use inside of compiled code.
    Raises ShapeError if the matrix is not square, ValueError for an entry that is neither 0 nor 1, TypeError if it is
    not made of floats.

    >>> from_adjacency_matrix(jnp.array([[0.0, 0.0], [1.0, 0.0]])).receivers.tolist()
    [1]
    """
    entries = np.asarray(require_floats("from_adjacency_matrix", matrix, "matrix"))
    if entries.ndim != 2 or entries.shape[0] != entries.shape[1] or entries.size == 0:
        raise ShapeError(
            "from_adjacency_matrix", got=f"a matrix of shape {entries.shape}", want="shape (nodes, nodes), not empty"
        )
    other = entries[(entries != 0) & (entries != 1)]
    if len(other):
        raise ValueError(f"from_adjacency_matrix: got an entry {other[0]}; wants 1 where there is an edge, 0 elsewhere")
    receivers, senders = np.nonzero(entries)
    return Graph(senders=jnp.asarray(senders, dtype=jnp.int32), receivers=jnp.asarray(receivers, dtype=jnp.int32))
