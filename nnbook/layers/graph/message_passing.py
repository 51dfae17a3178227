"""Message passing: every edge carries a message from its sender to its receiver, which makes one of all it gets.

What it makes of them must not depend on their order, for edges have none: a sum, a mean, a maximum, or an average
weighted by a softmax. A node that receives nothing gets 0 in each of the three.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnbook.errors import ShapeError, require_floats, require_sizes
from nnbook.layers.graph.edges import Graph, WeightedGraph, require_graph, require_nodes, require_weighted


def sum_messages(
    messages: Float[Array, "edges *features"], receivers: Int[Array, "edges"], *, nodes: int
) -> Float[Array, "nodes *features"]:
    """Add up the messages that each node receives: message k goes to node receivers[k].

    Says how many neighbours there are, beside what they are like. Raises ShapeError unless there is one receiver for
    each message, TypeError for messages that are not floats or receivers that are not whole numbers.
    Source: Gilmer et al. (2017), eq. (1); Xu et al. (2019), section 5.2, for what sum, mean and maximum can tell apart.

    >>> sum_messages(jnp.array([1.0, 2.0, 3.0]), jnp.array([0, 0, 2]), nodes=3).tolist()
    [3.0, 0.0, 3.0]
    """
    messages = _messages("sum_messages", messages, receivers, nodes)
    return jax.ops.segment_sum(messages, receivers, num_segments=nodes)


def mean_messages(
    messages: Float[Array, "edges *features"], receivers: Int[Array, "edges"], *, nodes: int
) -> Float[Array, "nodes *features"]:
    """Average the messages that each node receives: message k goes to node receivers[k].

    Says what most neighbours are like, not how many there are. Raises as `sum_messages` does.
    Source: Hamilton, Ying and Leskovec (2017), section 3.3; Xu et al. (2019), section 5.3.

    >>> mean_messages(jnp.array([1.0, 2.0, 3.0]), jnp.array([0, 0, 2]), nodes=3).tolist()
    [1.5, 0.0, 3.0]
    """
    messages = _messages("mean_messages", messages, receivers, nodes)
    total = jax.ops.segment_sum(messages, receivers, num_segments=nodes)
    counts = jax.ops.segment_sum(jnp.ones(receivers.shape, messages.dtype), receivers, num_segments=nodes)
    return total / jnp.maximum(counts, 1).reshape(nodes, *(1 for _ in messages.shape[1:]))


def max_messages(
    messages: Float[Array, "edges *features"], receivers: Int[Array, "edges"], *, nodes: int
) -> Float[Array, "nodes *features"]:
    """Keep the largest of the messages that each node receives, feature by feature: message k goes to receivers[k].

    Says what is there at all among the neighbours. Raises as `sum_messages` does.
    Source: Hamilton, Ying and Leskovec (2017), eq. (3), without its layer before; Xu et al. (2019), section 5.4.

    >>> max_messages(jnp.array([1.0, 2.0, -3.0]), jnp.array([0, 0, 2]), nodes=3).tolist()
    [2.0, 0.0, -3.0]
    """
    messages = _messages("max_messages", messages, receivers, nodes)
    largest = jax.ops.segment_max(messages, receivers, num_segments=nodes)
    received = jax.ops.segment_sum(jnp.ones(receivers.shape), receivers, num_segments=nodes) > 0
    return jnp.where(received.reshape(nodes, *(1 for _ in messages.shape[1:])), largest, 0)


def segment_softmax(
    scores: Float[Array, "edges *heads"], receivers: Int[Array, "edges"], *, nodes: int
) -> Float[Array, "edges *heads"]:
    """Turn the scores of the edges that lead to one node into shares that sum to 1: a softmax for each receiver.

    The largest score of each node is subtracted first, so that no exponential overflows. A node whose scores are all
    −∞ gets NaN, as in attention. Raises as `sum_messages` does.
    Source: Veličković et al. (2018), eq. (2).

    >>> segment_softmax(jnp.array([1000.0, 1000.0, -5.0]), jnp.array([0, 0, 2]), nodes=3).tolist()
    [0.5, 0.5, 1.0]
    """
    scores = _messages("segment_softmax", scores, receivers, nodes)
    # Shares do not change with what is subtracted, so it needs no gradient.
    largest = jax.ops.segment_max(jax.lax.stop_gradient(scores), receivers, num_segments=nodes)
    exponentials = jnp.exp(scores - largest[receivers])
    return exponentials / jax.ops.segment_sum(exponentials, receivers, num_segments=nodes)[receivers]


def of_sender(sender: Float[Array, "features"], receiver: Float[Array, "features"]) -> Float[Array, "features"]:
    """Send one's features as they are: the message of `pass_messages`, if nobody says otherwise.

    >>> of_sender(jnp.array([1.0, 2.0]), jnp.array([5.0, 5.0])).tolist()
    [1.0, 2.0]
    """
    return sender


def pass_messages(
    x: Float[Array, "nodes features"],
    graph: Graph,
    *,
    aggregate: Callable[..., jax.Array] = sum_messages,
    message: Callable[[jax.Array, jax.Array], jax.Array] = of_sender,
) -> Float[Array, "nodes messages"]:
    """Send a message along every edge, and let each node make one of all it receives.

    message(sender's features, receiver's features) is written for one edge; aggregate is `sum_messages`,
    `mean_messages` or `max_messages`, or another function with their arguments.
    Raises ShapeError if x is not one row for each node or the graph not two lists of one length, TypeError if x is not
    made of floats. Edges to nodes that x does not have are not seen here; `directed` and `undirected` refuse them.
    Source: Gilmer et al. (2017), eq. (1).

    >>> graph = Graph(senders=jnp.array([0, 1]), receivers=jnp.array([2, 2]))
    >>> pass_messages(jnp.array([[1.0], [5.0], [0.0]]), graph, aggregate=mean_messages).tolist()
    [[0.0], [0.0], [3.0]]
    """
    x = require_nodes("pass_messages", x)
    require_graph("pass_messages", graph)
    messages = jax.vmap(message)(x[graph.senders], x[graph.receivers])
    return aggregate(messages, graph.receivers, nodes=x.shape[0])


def propagate(x: Float[Array, "nodes features"], weighted: WeightedGraph) -> Float[Array, "nodes features"]:
    """Add up what the neighbours send, each edge letting through its weight of it: A X, A being the weighted adjacency.

    Raises ShapeError if x is not one row for each node or there is not one weight for each edge, TypeError if x or the
    weights are not made of floats.
    Source: Kipf and Welling (2017), eq. (2), without the weights of the layer.

    >>> half = WeightedGraph(Graph(senders=jnp.array([0]), receivers=jnp.array([1])), weights=jnp.array([0.5]))
    >>> propagate(jnp.array([[4.0], [1.0]]), half).tolist()
    [[0.0], [2.0]]
    """
    x = require_nodes("propagate", x)
    graph, weights = require_weighted("propagate", weighted)
    sent = weights.astype(x.dtype)[:, None] * x[graph.senders]
    return jax.ops.segment_sum(sent, graph.receivers, num_segments=x.shape[0])


def _messages(where: str, messages: jax.Array, receivers: jax.Array, nodes: int) -> jax.Array:
    messages = require_floats(where, messages, "scores" if where == "segment_softmax" else "messages")
    require_sizes(where, nodes=nodes)
    if not jnp.issubdtype(receivers.dtype, jnp.integer):
        raise TypeError(f"{where}: got receivers of dtype {receivers.dtype}; wants the numbers of nodes, ints")
    if receivers.ndim != 1 or messages.shape[:1] != receivers.shape:
        raise ShapeError(
            where,
            got=f"messages of shape {messages.shape}, receivers of shape {receivers.shape}",
            want="one receiver for each message, edges first",
        )
    return messages
