"""Readout: one vector for a whole graph, the same however its nodes are numbered. And padding, to batch graphs.

Compiled code wants one size. `pad` gives graphs of different sizes the same numbers of nodes and edges, so that
`jax.vmap` maps over them; `valid` then tells the readouts which nodes are real.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from nnbook.errors import ShapeError, require_sizes
from nnbook.layers.graph.edges import Graph, require_graph, require_nodes


class Padded(NamedTuple):
    """Features and graph with padding at the end; valid is True for the nodes that are real."""

    x: Float[Array, "nodes features"]
    graph: Graph
    valid: Bool[Array, "nodes"]


def sum_readout(
    x: Float[Array, "nodes features"], valid: Bool[Array, "nodes"] | None = None
) -> Float[Array, "features"]:
    """Add up the features of all nodes, or of those that are valid: it tells a large graph from a small one.

    Raises ShapeError if x is not one row for each node or valid not one boolean for each, TypeError if x is not made of
    floats or valid not of booleans.
    Source: Xu et al. (2019), eq. (2.4) with a sum.

    >>> sum_readout(jnp.array([[1.0], [2.0], [9.0]]), valid=jnp.array([True, True, False])).tolist()
    [3.0]
    """
    x, valid = _valid("sum_readout", x, valid)
    # Left out, not multiplied by 0: what padding holds must not matter, not even if it is not finite.
    return x.sum(axis=0) if valid is None else jnp.where(valid[:, None], x, 0).sum(axis=0)


def mean_readout(
    x: Float[Array, "nodes features"], valid: Bool[Array, "nodes"] | None = None
) -> Float[Array, "features"]:
    """Average the features of all nodes, or of those that are valid: it says what most nodes are like.

    Raises as `sum_readout` does; no valid node at all gives 0.
    Source: Xu et al. (2019), eq. (2.4) with a mean; section 5.3.

    >>> mean_readout(jnp.array([[1.0], [2.0], [9.0]]), valid=jnp.array([True, True, False])).tolist()
    [1.5]
    """
    x, valid = _valid("mean_readout", x, valid)
    count = x.shape[0] if valid is None else jnp.maximum(valid.sum(), 1).astype(x.dtype)
    return sum_readout(x, valid) / count


def pad(x: Float[Array, "nodes features"], graph: Graph, *, nodes: int, edges: int) -> Padded:
    """Add nodes of zeros at the end, and edges from the last of them to itself, up to the numbers given.

    No edge joins padding to a real node, so no layer mixes the two. Raises ShapeError if there are more nodes or edges
    than asked for, or edges to add but no node to add them to; else as `require_nodes` and `require_graph` do.

    >>> padded = pad(jnp.ones((2, 1)), Graph(senders=jnp.array([0]), receivers=jnp.array([1])), nodes=3, edges=2)
    >>> padded.graph.senders.tolist(), padded.valid.tolist()
    ([0, 2], [True, True, False])
    """
    x = require_nodes("pad", x)
    require_graph("pad", graph)
    require_sizes("pad", nodes=nodes)
    more_nodes, more_edges = nodes - x.shape[0], edges - graph.senders.shape[0]
    if more_nodes < 0 or more_edges < 0 or (more_edges and not more_nodes):
        raise ShapeError(
            "pad",
            got=f"a graph of {x.shape[0]} nodes and {graph.senders.shape[0]} edges for {nodes} and {edges}",
            want="room for both, and a node more where edges are added",
        )

    def with_loops(ends: jax.Array) -> jax.Array:
        return jnp.concatenate([ends, jnp.full(more_edges, nodes - 1, ends.dtype)])

    return Padded(
        x=jnp.concatenate([x, jnp.zeros((more_nodes, x.shape[1]), x.dtype)]),
        graph=Graph(senders=with_loops(graph.senders), receivers=with_loops(graph.receivers)),
        valid=jnp.arange(nodes) < x.shape[0],
    )


def _valid(where: str, x: jax.Array, valid: jax.Array | None) -> tuple[jax.Array, jax.Array | None]:
    x = require_nodes(where, x)
    if valid is None:
        return x, None
    if valid.dtype != jnp.bool_:
        raise TypeError(f"{where}: got valid of dtype {valid.dtype}; wants booleans, True for a node that is real")
    if valid.shape != x.shape[:1]:
        raise ShapeError(where, got=f"valid of shape {valid.shape}", want=f"shape {x.shape[:1]}, one for each node")
    return x, valid
