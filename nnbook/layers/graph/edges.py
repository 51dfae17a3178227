"""A graph as a list of edges: who sends to whom.

The list is the form that the layers work on: it grows with the edges, a matrix with the square of the nodes. Which
nodes there are is told by the features, one row of x for each, so the graph itself holds nothing but the edges.
`nnbook.layers.graph.adjacency` turns the list into a matrix and back.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from nnbook.errors import ShapeError, require_floats, require_sizes
from nnbook.pytree import params


@params
class Graph:
    """Edge k leads from node senders[k] to node receivers[k]; nodes are counted from 0.

    An undirected edge stands here twice, once in each direction. `directed` and `undirected` build graphs and check them.
    """

    senders: Int[Array, "edges"]
    receivers: Int[Array, "edges"]


@params
class WeightedGraph:
    """A graph, and how much of what is sent comes through each of its edges."""

    graph: Graph
    weights: Float[Array, "edges"]


def directed(edges: Int[Array, "edges 2"], *, nodes: int) -> Graph:
    """Take each row (a, b) as an edge from node a to node b.

    An edge from a node to itself is allowed. Looks at the numbers, so not for use inside of compiled code.
    Raises ValueError for an edge to a node that there is not or one that stands twice, ShapeError if edges are not
    pairs, TypeError if they are not whole numbers.

    >>> graph = directed(jnp.array([[0, 1], [1, 2]]), nodes=3)
    >>> graph.senders.tolist(), graph.receivers.tolist()
    ([0, 1], [1, 2])
    """
    pairs = _pairs("directed", edges, nodes)
    _refuse_doubles("directed", pairs)
    return _graph(pairs)


def undirected(edges: Int[Array, "edges 2"], *, nodes: int) -> Graph:
    """Take each row (a, b) as an edge in both directions: each pair is given once, and stands twice in the graph.

    First come all edges as they are given, then all turned around; an edge from a node to itself has but one direction.
    Looks at the numbers, so not for use inside of compiled code. Raises as `directed` does, and ValueError for a pair
    that is given in both directions.

    >>> graph = undirected(jnp.array([[0, 1], [1, 2]]), nodes=3)
    >>> graph.senders.tolist(), graph.receivers.tolist()
    ([0, 1, 1, 2], [1, 2, 0, 1])
    """
    pairs = _pairs("undirected", edges, nodes)
    _refuse_doubles("undirected", np.sort(pairs, axis=1), hint="give each pair once, in one direction")
    turned = pairs[pairs[:, 0] != pairs[:, 1]][:, ::-1]
    return _graph(np.concatenate([pairs, turned]))


def add_self_loops(graph: Graph, *, nodes: int) -> Graph:
    """Let every node also send to itself: the loops come after the edges there are, in the order of the nodes.

    A node that has a loop gets another one. Raises ShapeError if the graph is not two lists of one length, ValueError
    for fewer than one node.
    Source: Kipf and Welling (2017), section 2: Ã = A + I.

    >>> add_self_loops(directed(jnp.array([[0, 1]]), nodes=2), nodes=2).receivers.tolist()
    [1, 0, 1]
    """
    require_graph("add_self_loops", graph)
    require_sizes("add_self_loops", nodes=nodes)
    loops = jnp.arange(nodes, dtype=graph.senders.dtype)
    return Graph(
        senders=jnp.concatenate([graph.senders, loops]),
        receivers=jnp.concatenate([graph.receivers, loops.astype(graph.receivers.dtype)]),
    )


def in_degrees(graph: Graph, *, nodes: int) -> Float[Array, "nodes"]:
    """Count the edges that lead to each node; in an undirected graph these are its neighbours.

    Raises as `add_self_loops` does.

    >>> in_degrees(undirected(jnp.array([[0, 1], [1, 2]]), nodes=3), nodes=3).tolist()
    [1.0, 2.0, 1.0]
    """
    require_graph("in_degrees", graph)
    require_sizes("in_degrees", nodes=nodes)
    return jax.ops.segment_sum(jnp.ones(graph.receivers.shape), graph.receivers, num_segments=nodes)


def require_graph(where: str, graph: Graph) -> None:
    """Check that a graph is two lists of whole numbers, equally long.

    Raises ShapeError if they are not equally long lists, TypeError if they do not hold whole numbers or it is no graph.

    >>> require_graph("gcn", Graph(senders=jnp.array([0, 1]), receivers=jnp.array([1])))
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: gcn: got senders of shape (2,), receivers of shape (1,); wants one of each for every edge.
    """
    if not isinstance(graph, Graph):
        raise TypeError(
            f"{where}: got a graph of type {type(graph).__name__}; wants a Graph. Hint: undirected makes one"
        )
    for name, ends in (("senders", graph.senders), ("receivers", graph.receivers)):
        if not jnp.issubdtype(ends.dtype, jnp.integer):
            raise TypeError(f"{where}: got {name} of dtype {ends.dtype}; wants the numbers of nodes, ints")
    if graph.senders.ndim != 1 or graph.senders.shape != graph.receivers.shape:
        raise ShapeError(
            where,
            got=f"senders of shape {graph.senders.shape}, receivers of shape {graph.receivers.shape}",
            want="one of each for every edge",
        )


def require_weighted(where: str, weighted: WeightedGraph) -> tuple[Graph, jax.Array]:
    """Return the graph and its weights, of which there must be one for each edge.

    Raises as `require_graph` does, and TypeError for weights that are not floats or a graph that has none.

    >>> require_weighted("gcn", directed(jnp.array([[0, 1]]), nodes=2))
    Traceback (most recent call last):
        ...
    TypeError: gcn: got a graph of type Graph; wants a WeightedGraph. Hint: gcn.normalise makes one of a Graph
    """
    if not isinstance(weighted, WeightedGraph):
        raise TypeError(
            f"{where}: got a graph of type {type(weighted).__name__}; wants a WeightedGraph. "
            "Hint: gcn.normalise makes one of a Graph"
        )
    require_graph(where, weighted.graph)
    weights = require_floats(where, weighted.weights, "weights")
    if weights.shape != weighted.graph.senders.shape:
        raise ShapeError(
            where,
            got=f"weights of shape {weights.shape} for senders of shape {weighted.graph.senders.shape}",
            want="one weight for each edge",
        )
    return weighted.graph, weights


def require_nodes(where: str, x: Float[Array, "nodes features"], features: int | None = None) -> jax.Array:
    """Return x as an array of floats with one row for each node, and as many columns as there are features.

    Raises ShapeError if it has another shape or no rows, TypeError if it is not made of floats.

    >>> require_nodes("gcn", jnp.ones((3, 2)), features=4)
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: gcn: got x of shape (3, 2); wants shape (nodes, 4), one row for each of at least one node.
    """
    x = require_floats(where, x)
    if x.ndim != 2 or x.shape[0] == 0 or features not in (None, x.shape[1]):
        raise ShapeError(
            where,
            got=f"x of shape {x.shape}",
            want=f"shape (nodes, {features or 'features'}), one row for each of at least one node",
            hint="one graph at a time; for a batch, use jax.vmap" if x.ndim == 3 else "",
        )
    return x


def _graph(pairs: np.ndarray) -> Graph:
    return Graph(senders=jnp.asarray(pairs[:, 0]), receivers=jnp.asarray(pairs[:, 1]))


def _pairs(where: str, edges: Int[Array, "edges 2"], nodes: int) -> np.ndarray:
    require_sizes(where, nodes=nodes)
    pairs = np.asarray(edges)
    if not np.issubdtype(pairs.dtype, np.integer):
        raise TypeError(f"{where}: got edges of dtype {pairs.dtype}; wants the numbers of nodes, ints")
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ShapeError(where, got=f"edges of shape {pairs.shape}", want="shape (edges, 2), two nodes a row")
    outside = pairs[((pairs < 0) | (pairs >= nodes)).any(axis=1)]
    if len(outside):
        raise ValueError(f"{where}: got the edge {tuple(outside[0].tolist())}; wants nodes from 0 to {nodes - 1}")
    return pairs.astype(np.int32)


def _refuse_doubles(where: str, pairs: np.ndarray, hint: str = "") -> None:
    found, counts = np.unique(pairs, axis=0, return_counts=True)
    if (counts > 1).any():
        edge = tuple(found[counts > 1][0].tolist())
        raise ValueError(f"{where}: got the edge {edge} twice; wants it once." + (f" Hint: {hint}" if hint else ""))
