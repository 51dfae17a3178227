"""A graph network: graph convolutions with an activation after each, and a linear layer that names the class.

It answers for each node (`apply`), or for the whole graph (`apply_to_graph`); what it learned about the nodes on the way
is in `embeddings`. The graph is normalised once, by `nnbook.layers.graph.gcn.normalise`.
"""

from collections.abc import Callable, Sequence

import jax
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import ShapeError, require_key, require_sizes
from nnbook.layers import linear
from nnbook.layers.activations import tanh
from nnbook.layers.graph import WeightedGraph, gcn
from nnbook.layers.graph.gcn import GraphConvolution
from nnbook.layers.graph.readout import mean_readout
from nnbook.layers.linear import Linear
from nnbook.pytree import params


@params
class GNN:
    """The convolutions, from the one that sees the features on, and the layer that turns what they found into logits."""

    convolutions: tuple[GraphConvolution, ...]
    classifier: Linear


def init(key: Key[Array, ""], *, sizes: Sequence[int], classes: int) -> GNN:
    """Draw a network whose sizes are the features of a node, then the outputs of each convolution.

    Kipf and Welling's network for the karate club has sizes (34, 4, 4, 2): x is the identity, since nothing is known
    about the members but who they are.
    Raises TypeError for a key that is not one, ValueError for fewer than two sizes or one below 1.
    Source: Kipf and Welling (2017), appendix A.

    >>> network = init(jax.random.key(0), sizes=(34, 4, 4, 2), classes=2)
    >>> [convolution.w.shape for convolution in network.convolutions], network.classifier.w.shape
    ([(4, 34), (4, 4), (2, 4)], (2, 2))
    """
    require_key("gnn.init", key)
    if len(sizes) < 2:
        raise ValueError(f"gnn.init: got sizes={tuple(sizes)}; wants at least two, the features and one convolution")
    for place, size in enumerate(sizes):
        require_sizes("gnn.init", **{f"sizes[{place}]": size})
    require_sizes("gnn.init", classes=classes)
    *keys, classifier_key = jax.random.split(key, len(sizes))
    return GNN(
        convolutions=tuple(
            gcn.init(key, inputs=inputs, outputs=outputs)
            for key, inputs, outputs in zip(keys, sizes[:-1], sizes[1:], strict=True)
        ),
        classifier=linear.init(classifier_key, inputs=sizes[-1], outputs=classes, weights=linear.xavier_uniform),
    )


def embeddings(
    params: GNN,
    x: Float[Array, "nodes features"],
    normalised: WeightedGraph,
    activation: Callable[[jax.Array], jax.Array] = tanh,
) -> tuple[Float[Array, "nodes _"], ...]:
    """Pass x through the convolutions and keep what each of them makes of the nodes, after its activation.

    A node of the n-th has heard of all nodes up to n edges away, and of no other.
    Raises ShapeError, which names the convolution, if one does not fit what comes in, TypeError if x is not made of
    floats or the graph is not normalised.
    Source: Kipf and Welling (2017), eq. (2).

    >>> from nnbook.layers.graph import Graph
    >>> import jax.numpy as jnp
    >>> alone = gcn.normalise(Graph(senders=jnp.zeros(0, int), receivers=jnp.zeros(0, int)), nodes=3)
    >>> network = init(jax.random.key(0), sizes=(5, 4, 2), classes=2)
    >>> [hidden.shape for hidden in embeddings(network, jnp.ones((3, 5)), alone)]
    [(3, 4), (3, 2)]
    """
    if not params.convolutions:
        raise ShapeError("gnn", got="no convolutions", want="at least one")
    seen = []
    for place, convolution in enumerate(params.convolutions):
        try:
            x = activation(gcn.apply(convolution, x, normalised))
        except ShapeError as error:
            raise ShapeError(f"gnn, layer {place}", got=error.got, want=error.want, hint=error.hint) from error
        seen.append(x)
    return tuple(seen)


def apply(
    params: GNN,
    x: Float[Array, "nodes features"],
    normalised: WeightedGraph,
    activation: Callable[[jax.Array], jax.Array] = tanh,
) -> Float[Array, "nodes classes"]:
    """Say for each node how much speaks for each class: logits.

    Raises as `embeddings` does.
    Source: Kipf and Welling (2017), section 3.1 and appendix A.

    >>> from nnbook.layers.graph import Graph
    >>> import jax.numpy as jnp
    >>> alone = gcn.normalise(Graph(senders=jnp.zeros(0, int), receivers=jnp.zeros(0, int)), nodes=3)
    >>> apply(init(jax.random.key(0), sizes=(5, 4, 2), classes=7), jnp.ones((3, 5)), alone).shape
    (3, 7)
    """
    hidden = embeddings(params, x, normalised, activation)[-1]
    return jax.vmap(linear.apply, in_axes=(None, 0))(params.classifier, hidden)


def apply_to_graph(
    params: GNN,
    x: Float[Array, "nodes features"],
    normalised: WeightedGraph,
    valid: Bool[Array, "nodes"] | None = None,
    activation: Callable[[jax.Array], jax.Array] = tanh,
    readout: Callable[..., jax.Array] = mean_readout,
) -> Float[Array, "classes"]:
    """Say for a whole graph how much speaks for each class: logits, from a readout over its nodes.

    valid is True for the nodes that are real, where `nnbook.layers.graph.readout.pad` added others; for a batch, pad
    and use `jax.vmap`. Convolutions and readout see a graph only as far as counting neighbours, and their neighbours,
    goes: a ring of six and two rings of three look the same.
    Raises as `embeddings` and the readout do.
    Source: Xu et al. (2019), eq. (2.4) for the readout, lemma 2 for what it cannot see.

    >>> from nnbook.layers.graph import Graph
    >>> import jax.numpy as jnp
    >>> alone = gcn.normalise(Graph(senders=jnp.zeros(0, int), receivers=jnp.zeros(0, int)), nodes=3)
    >>> apply_to_graph(init(jax.random.key(0), sizes=(5, 4), classes=7), jnp.ones((3, 5)), alone).shape
    (7,)
    """
    return linear.apply(params.classifier, readout(embeddings(params, x, normalised, activation)[-1], valid))
