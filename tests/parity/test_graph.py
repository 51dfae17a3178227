"""The formulas of the papers written out with matrices, SciPy and networkx, give the same values and gradients."""

import jax
import jax.numpy as jnp
import networkx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook.data import karate_club
from nnbook.layers.graph import Graph, gat, gcn, sage, undirected
from nnbook.layers.graph.adjacency import adjacency_matrix, weighted_adjacency_matrix
from nnbook.layers.graph.smoothness import dirichlet_energy

NODES, EDGES, INPUTS, OUTPUTS, HEADS = 6, 9, 3, 2, 2
KEY = jax.random.key(0)
few = settings(max_examples=10)
features = st.integers(0, 2**16).map(lambda seed: jax.random.normal(jax.random.key(seed), (NODES, INPUTS)))
# Edges that differ, as matrices cannot tell doubles; with loops, directed, and with nodes that nobody knows.
places = [(i, j) for i in range(NODES) for j in range(NODES)]
graphs = st.permutations(places).map(
    lambda order: Graph(*(jnp.array([edge[end] for edge in order[:EDGES]]) for end in (0, 1)))
)


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), got, want)


def dense_gcn(params, x, a):
    looped = a + jnp.eye(len(a))
    root = jnp.diag(looped.sum(axis=1) ** -0.5)
    return root @ looped @ root @ x @ params.w.T


def dense_sage(params, x, a):
    mean = (a @ x) / jnp.maximum(a.sum(axis=1, keepdims=True), 1)
    w = jnp.concatenate([params.w_self, params.w_neighbours], axis=1)
    return jnp.concatenate([x, mean], axis=1) @ w.T


def dense_heads(params, x, a):
    # A node that sends to itself in the graph and by the layer's own loop counts twice.
    counts = a + jnp.eye(len(a))
    heads = []
    for w, a_receiver, a_sender in zip(params.w, params.a_receiver, params.a_sender, strict=True):
        values = x @ w.T
        pairs = jnp.concatenate(
            [jnp.repeat(values[:, None], len(a), axis=1), jnp.repeat(values[None], len(a), axis=0)], axis=2
        )
        scores = jax.nn.leaky_relu(pairs @ jnp.concatenate([a_receiver, a_sender]), 0.2)
        shares = counts * jnp.exp(scores)
        heads.append(shares / shares.sum(axis=1, keepdims=True) @ values)
    return jnp.stack(heads, axis=1)


LAYERS = {
    "gcn": (
        gcn.init(KEY, inputs=INPUTS, outputs=OUTPUTS),
        lambda params, x, graph: gcn.apply(params, x, gcn.normalise(graph, nodes=NODES)),
        dense_gcn,
    ),
    "gcn, widening": (
        gcn.init(KEY, inputs=INPUTS, outputs=2 * INPUTS),
        lambda params, x, graph: gcn.apply(params, x, gcn.normalise(graph, nodes=NODES)),
        dense_gcn,
    ),
    "sage": (sage.init(KEY, inputs=INPUTS, outputs=OUTPUTS), sage.apply, dense_sage),
    "gat": (
        gat.init(KEY, inputs=INPUTS, outputs=OUTPUTS, heads=HEADS),
        gat.apply,
        lambda params, x, a: dense_heads(params, x, a).reshape(len(x), -1),
    ),
    "gat, averaged": (
        gat.init(KEY, inputs=INPUTS, outputs=OUTPUTS, heads=HEADS),
        gat.apply_averaged,
        lambda params, x, a: dense_heads(params, x, a).mean(axis=1),
    ),
}


def with_gradients(layer):
    """The result, and the gradients of a sum over it in which no entry counts as another."""

    def loss(params, x, graph):
        y = layer(params, x, graph)
        return (y * jnp.cos(jnp.arange(y.size, dtype=y.dtype)).reshape(y.shape)).sum(), y

    return jax.jit(jax.value_and_grad(loss, (0, 1), has_aux=True))


COMPILED = {name: (params, *map(with_gradients, layers)) for name, (params, *layers) in LAYERS.items()}


@pytest.mark.parametrize("name", LAYERS)
@few
@given(features, graphs)
def test_the_formula_with_matrices(name, x, graph):
    params, ours, dense = COMPILED[name]
    close(ours(params, x, graph), dense(params, x, adjacency_matrix(graph, nodes=NODES)))


@few
@given(features, graphs)
def test_scipys_sparse_matrices(x, graph):
    ones = np.ones(EDGES)
    a = scipy.sparse.coo_array((ones, (graph.receivers, graph.senders)), shape=(NODES, NODES)) + scipy.sparse.eye_array(
        NODES
    )
    root = scipy.sparse.diags_array(1 / np.sqrt(a.sum(axis=1)))
    params, ours, _ = COMPILED["gcn"]
    (_, got), _ = ours(params, x, graph)
    close(got, (root @ a @ root) @ np.asarray(x) @ np.asarray(params.w).T)


def test_networkxs_normalised_laplacian(key):
    edges, _ = karate_club()
    graph = undirected(edges, nodes=34)
    club = networkx.karate_club_graph()
    np.testing.assert_array_equal(adjacency_matrix(graph, nodes=34), networkx.to_numpy_array(club, weight=None))
    club.add_edges_from((member, member) for member in list(club))
    laplacian = networkx.normalized_laplacian_matrix(club, weight=None).toarray()
    normalised = weighted_adjacency_matrix(gcn.normalise(graph, nodes=34), nodes=34)
    np.testing.assert_allclose(normalised, np.eye(34) - laplacian, atol=1e-6)
    # The energy of features is their quadratic form.
    x = jax.random.normal(key, (34, 5))
    assert float(dirichlet_energy(x, graph)) == pytest.approx(
        np.trace(np.asarray(x).T @ laplacian @ np.asarray(x)), rel=1e-5
    )
