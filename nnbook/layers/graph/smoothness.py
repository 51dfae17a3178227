"""How alike neighbours are: what grows too much in a deep graph network, until all nodes say the same."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from nnbook.layers.graph.edges import Graph, in_degrees, require_graph, require_nodes


def dirichlet_energy(x: Float[Array, "nodes features"], graph: Graph) -> Float[Array, ""]:
    """Add up the squared differences across all edges: ½ Σ ‖xᵢ / √d̃ᵢ − xⱼ / √d̃ⱼ‖², d̃ being a node's degree and 1.

    It is 0 when neighbours differ by their degrees only, which is what many graph convolutions without weights lead to:
    each one multiplies it by λ² at most, λ being the largest eigenvalue of Â, in size, that is not 1. For undirected graphs.
    The unit is that of the features, squared.
    Raises ShapeError if x is not one row for each node or the graph not two lists of one length, TypeError if x is not
    made of floats.
    Source: Cai and Wang (2020), A note on over-smoothing for graph neural networks.

    >>> two = Graph(senders=jnp.array([0, 1]), receivers=jnp.array([1, 0]))
    >>> float(dirichlet_energy(jnp.array([[1.0], [3.0]]), two).round(4))
    2.0
    """
    x = require_nodes("dirichlet_energy", x)
    require_graph("dirichlet_energy", graph)
    scaled = x / jnp.sqrt(in_degrees(graph, nodes=x.shape[0]).astype(x.dtype) + 1)[:, None]
    return ((scaled[graph.receivers] - scaled[graph.senders]) ** 2).sum() / 2
