"""One vector for a graph, and padding that leaves no trace in it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers.graph import Graph, gat, gcn, sage, undirected
from nnbook.layers.graph.readout import mean_readout, pad, sum_readout

RING = undirected(jnp.array([[0, 1], [1, 2], [2, 0]]), nodes=3)


def test_sum_and_mean(key):
    x = jax.random.normal(key, (5, 3))
    np.testing.assert_allclose(sum_readout(x), x.sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(mean_readout(x), x.mean(axis=0), rtol=1e-6)
    valid = jnp.array([True, False, True, True, False])
    np.testing.assert_allclose(sum_readout(x, valid), x[valid].sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(mean_readout(x, valid), x[valid].mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize("readout", [sum_readout, mean_readout])
def test_what_is_not_valid_does_not_matter(readout):
    x, valid = jnp.array([[1.0], [jnp.nan], [3.0]]), jnp.array([True, False, True])
    assert readout(x, valid).tolist() == readout(x[valid]).tolist()
    gradient = jax.grad(lambda x: readout(x, valid).sum())(x)
    assert gradient[1] == 0
    assert readout(x, jnp.zeros(3, bool)).tolist() == [0]


def test_a_large_graph_of_the_same_kind():
    small, large = jnp.ones((2, 1)), jnp.ones((6, 1))
    assert mean_readout(small) == mean_readout(large)
    assert sum_readout(small) != sum_readout(large)


def test_padding_to_what_is_there_adds_nothing():
    padded = pad(jnp.ones((3, 2)), RING, nodes=3, edges=6)
    np.testing.assert_array_equal(padded.x, np.ones((3, 2)))
    np.testing.assert_array_equal(padded.graph.senders, RING.senders)
    assert padded.valid.all()


def test_padding_reaches_no_real_node(key):
    nodes, edges = 5, 9
    x = jax.random.normal(key, (3, 2))
    padded = pad(x, RING, nodes=nodes, edges=edges)
    assert padded.x.shape == (nodes, 2)
    assert padded.graph.senders.shape == padded.graph.receivers.shape == (edges,)
    assert padded.valid.tolist() == [True] * 3 + [False] * (nodes - 3)
    layers = {
        "gcn": lambda x, graph: gcn.apply(
            gcn.init(key, inputs=2, outputs=4), x, gcn.normalise(graph, nodes=x.shape[0])
        ),
        "sage": lambda x, graph: sage.apply(sage.init(key, inputs=2, outputs=4), x, graph),
        "gat": lambda x, graph: gat.apply(gat.init(key, inputs=2, outputs=4, heads=2), x, graph),
    }
    for layer in layers.values():
        np.testing.assert_allclose(layer(padded.x, padded.graph)[:3], layer(x, RING), rtol=1e-6, atol=1e-6)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_valid(self):
        with pytest.raises(TypeError, match=r"^sum_readout: got valid of dtype float32; wants booleans"):
            sum_readout(jnp.ones((3, 1)), jnp.ones(3))
        with pytest.raises(ShapeError, match=r"^mean_readout: got valid of shape \(2,\); wants shape \(3,\)"):
            mean_readout(jnp.ones((3, 1)), jnp.ones(2, bool))
        with pytest.raises(ShapeError, match=r"^mean_readout: got x of shape \(3,\)"):
            mean_readout(jnp.ones(3))

    @pytest.mark.parametrize(("nodes", "edges"), [(2, 6), (4, 5), (3, 7)])
    def test_no_room(self, nodes, edges):
        with pytest.raises(
            ShapeError, match=rf"^pad: got a graph of 3 nodes and 6 edges for {nodes} and {edges}; wants"
        ):
            pad(jnp.ones((3, 1)), RING, nodes=nodes, edges=edges)

    def test_what_is_no_graph(self):
        with pytest.raises(ShapeError, match=r"^pad: got senders of shape \(1,\), receivers of shape \(2,\)"):
            pad(jnp.ones((3, 1)), Graph(jnp.zeros(1, int), jnp.zeros(2, int)), nodes=4, edges=4)
