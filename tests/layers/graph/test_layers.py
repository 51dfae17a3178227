"""What all graph layers promise: they see edges and features, never the numbers of the nodes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.data import karate_club
from nnbook.layers.graph import Graph, directed, gat, gcn, sage, undirected
from nnbook.layers.graph.adjacency import weighted_adjacency_matrix
from nnbook.layers.graph.gat import GraphAttention
from nnbook.layers.graph.gcn import GraphConvolution
from nnbook.layers.graph.message_passing import max_messages, mean_messages, pass_messages, propagate, sum_messages
from nnbook.layers.graph.readout import mean_readout, sum_readout
from nnbook.layers.graph.sage import GraphSage
from nnbook.layers.graph.smoothness import dirichlet_energy
from nnbook.layers.linear import he_normal

NODES, EDGES, INPUTS, OUTPUTS = 6, 8, 3, 2
KEY = jax.random.key(0)
SIZES = {"inputs": INPUTS, "outputs": OUTPUTS}


def convolve(x, graph):
    return gcn.apply(gcn.init(KEY, **SIZES), x, gcn.normalise(graph, nodes=x.shape[0]))


LAYERS = {
    "gcn": convolve,
    "sage": lambda x, graph: sage.apply(sage.init(KEY, **SIZES), x, graph),
    "sage, unit length": lambda x, graph: sage.unit_length(sage.apply(sage.init(KEY, **SIZES), x, graph)),
    "gat": lambda x, graph: gat.apply(gat.init(KEY, heads=2, **SIZES), x, graph),
    "gat, averaged": lambda x, graph: gat.apply_averaged(gat.init(KEY, heads=2, **SIZES), x, graph),
    "sum": lambda x, graph: pass_messages(x, graph, aggregate=sum_messages),
    "mean": lambda x, graph: pass_messages(x, graph, aggregate=mean_messages),
    "max": lambda x, graph: pass_messages(x, graph, aggregate=max_messages),
}
COMPILED = {name: jax.jit(layer) for name, layer in LAYERS.items()}
each = pytest.mark.parametrize("name", LAYERS)
few = settings(max_examples=15)
features = st.integers(0, 2**16).map(lambda seed: jax.random.normal(jax.random.key(seed), (NODES, INPUTS)))
ends = st.lists(st.integers(0, NODES - 1), min_size=EDGES, max_size=EDGES).map(jnp.array)
graphs = st.builds(Graph, senders=ends, receivers=ends)  # with loops, doubles and lonely nodes
orders = st.permutations(range(NODES)).map(jnp.array)


@each
@few
@given(features, graphs, orders)
def test_renumbering_the_nodes_renumbers_the_results(name, x, graph, order):
    place = jnp.argsort(order)  # node order[i] becomes node i
    renumbered = Graph(senders=place[graph.senders], receivers=place[graph.receivers])
    np.testing.assert_allclose(
        COMPILED[name](x[order], renumbered), COMPILED[name](x, graph)[order], rtol=1e-4, atol=1e-5
    )


@each
@few
@given(features, graphs)
def test_only_neighbours_reach_a_node(name, x, graph):
    # Whoever is not node 0, and does not receive from it, cannot tell that node 0 has changed.
    far = np.setdiff1d(np.arange(1, NODES), np.asarray(graph.receivers)[np.asarray(graph.senders) == 0])
    changed = COMPILED[name](x.at[0].set(100.0), graph)
    np.testing.assert_array_equal(changed[far], COMPILED[name](x, graph)[far])


@each
def test_a_directed_edge_leads_one_way(name, key):
    # The same edge as often as the other graphs have edges, so that nothing is compiled anew.
    x, graph = jax.random.normal(key, (NODES, INPUTS)), Graph(jnp.zeros(EDGES, int), jnp.ones(EDGES, int))
    before, first, second = (COMPILED[name](x, graph) for x in (x, x.at[0].add(1.0), x.at[1].add(1.0)))
    assert not np.allclose(first[1], before[1])
    np.testing.assert_array_equal(second[0], before[0])


@each
def test_lonely_nodes_are_finite_and_have_gradients(name):
    x, crowd = np.zeros((NODES, INPUTS), np.float32), jnp.full(EDGES, NODES - 1)  # node 5 talks to itself
    x[0] = 1.0
    value, gradient = jax.jit(jax.value_and_grad(lambda x: (LAYERS[name](x, Graph(crowd, crowd)) ** 2).sum()))(x)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@each
def test_compiled_and_mapped_it_is_the_same(name, key):
    x = jax.random.normal(key, (3, NODES, INPUTS))
    graph = undirected(jnp.array([[0, 1], [1, 2], [3, 4], [2, 5]]), nodes=NODES)
    one_by_one = jnp.stack([COMPILED[name](example, graph) for example in x])
    mapped = jax.jit(jax.vmap(LAYERS[name], in_axes=(0, None)))(x, graph)
    np.testing.assert_allclose(mapped, one_by_one, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(LAYERS[name](x[0], graph), one_by_one[0], rtol=1e-5, atol=1e-6)


@few
@given(features, orders)
def test_a_readout_does_not_see_the_order(x, order):
    for readout in (sum_readout, mean_readout):
        np.testing.assert_allclose(readout(x[order]), readout(x), rtol=1e-5, atol=1e-5)


def test_weights_start_as_asked_for(key):
    layer = gcn.init(key, inputs=100, outputs=50)
    assert layer.w.shape == (50, 100)
    assert float(jnp.abs(layer.w).max()) <= (6 / 150) ** 0.5
    assert float(gcn.init(key, inputs=200, outputs=200, weights=he_normal).w.var()) == pytest.approx(0.01, rel=0.05)
    both = sage.init(key, inputs=100, outputs=50)
    assert both.w_self.shape == both.w_neighbours.shape == (50, 100)
    assert float(jnp.abs(both.w_self).max()) <= (6 / 250) ** 0.5
    assert not np.array_equal(both.w_self, both.w_neighbours)
    attention = gat.init(key, inputs=100, outputs=50, heads=2)
    assert attention.w.shape == (2, 50, 100)
    assert attention.a_receiver.shape == attention.a_sender.shape == (2, 50)
    assert float(attention.w.var()) == pytest.approx(2 / 150, rel=0.05)
    assert float(jnp.abs(attention.a_sender).max()) <= (6 / 101) ** 0.5
    assert not np.array_equal(attention.w[0], attention.w[1])


@pytest.mark.parametrize("outputs", [2, 7])
def test_narrow_or_wide_the_product_is_the_same(outputs, key):
    # The layers send whichever is narrower along the edges, features or outputs.
    x = jax.random.normal(key, (NODES, 4))
    graph = undirected(jnp.array([[0, 1], [1, 2], [3, 4]]), nodes=NODES)
    layer, normalised = gcn.init(key, inputs=4, outputs=outputs), gcn.normalise(graph, nodes=NODES)
    np.testing.assert_allclose(gcn.apply(layer, x, normalised), propagate(x, normalised) @ layer.w.T, atol=1e-5)
    both = sage.init(key, inputs=4, outputs=outputs)
    want = x @ both.w_self.T + pass_messages(x, graph, aggregate=mean_messages) @ both.w_neighbours.T
    np.testing.assert_allclose(sage.apply(both, x, graph), want, atol=1e-5)


def test_attention_is_shared_out_and_graph_attention_looks_where_its_vector_says():
    # One feature; a_sender says: the larger a neighbour's feature, the more attention.
    layer = GraphAttention(w=jnp.ones((1, 1, 1)), a_receiver=jnp.zeros((1, 1)), a_sender=jnp.full((1, 1), 10.0))
    graph = directed(jnp.array([[0, 2], [1, 2]]), nodes=3)
    looped, _, weights = gat.edge_attention(layer, jnp.array([[1.0], [3.0], [0.0]]), graph)
    assert list(zip(looped.senders.tolist(), looped.receivers.tolist(), strict=True)) == [
        *((0, 2), (1, 2)),
        *((0, 0), (1, 1), (2, 2)),
    ]
    np.testing.assert_allclose(weights[:, 0], [0, 1, 1, 1, 0], atol=1e-6)
    np.testing.assert_allclose(sum_messages(weights, looped.receivers, nodes=3), 1, atol=1e-6)


def test_unit_length(key):
    x = jax.random.normal(key, (4, 3)).at[1].set(0.0)
    length = jnp.linalg.norm(sage.unit_length(x), axis=1)
    np.testing.assert_allclose(length, [1, 0, 1, 1], atol=1e-6)
    assert jnp.isfinite(jax.grad(lambda x: sage.unit_length(x)[:, 0].sum())(x)).all()


class TestOverSmoothing:
    """Features of a connected graph converge as convolutions pile up, as fast as the second eigenvalue says."""

    edges, _ = karate_club()
    graph = undirected(edges, nodes=34)
    normalised = gcn.normalise(graph, nodes=34)

    def energies(self, depth):
        def deeper(x, _):
            return propagate(x, self.normalised), dirichlet_energy(x, self.graph)

        x = jax.random.normal(jax.random.key(0), (34, 8))
        return jax.lax.scan(deeper, x, length=depth)

    def test_they_fall_at_the_rate_of_the_second_eigenvalue(self):
        eigenvalues = np.sort(np.abs(np.linalg.eigvalsh(weighted_adjacency_matrix(self.normalised, nodes=34))))
        assert eigenvalues[-1] == pytest.approx(1, abs=1e-5)
        _, energies = self.energies(24)
        falls = np.asarray(energies[1:] / energies[:-1])
        assert (falls <= eigenvalues[-2] ** 2 + 1e-4).all()
        assert falls[-1] == pytest.approx(eigenvalues[-2] ** 2, rel=0.01)
        assert float(energies[-1] / energies[0]) < 0.02

    def test_in_the_end_nodes_differ_by_their_degrees_only(self):
        x, _ = self.energies(400)
        degrees = np.bincount(np.asarray(self.edges).ravel()) + 1
        rows = np.asarray(x) / np.sqrt(degrees)[:, None]
        np.testing.assert_allclose(rows, np.broadcast_to(rows.mean(axis=0), rows.shape), rtol=1e-3, atol=1e-4)
        assert np.abs(rows).max() > 0.01  # it is not that all went to zero


def test_energy_is_zero_where_only_degrees_differ(key):
    graph = undirected(jnp.array([[0, 1], [1, 2]]), nodes=3)
    assert float(dirichlet_energy(jnp.sqrt(jnp.array([[2.0], [3.0], [2.0]])), graph)) == pytest.approx(0, abs=1e-6)
    assert float(dirichlet_energy(jax.random.normal(key, (3, 1)), graph)) > 0.01


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    graph = Graph(jnp.zeros(2, int), jnp.zeros(2, int))

    def test_widths(self, key):
        x, normalised = jnp.ones((3, 5)), gcn.normalise(self.graph, nodes=3)
        for name, call in {
            "gcn": lambda: gcn.apply(gcn.init(key, **SIZES), x, normalised),
            "sage": lambda: sage.apply(sage.init(key, **SIZES), x, self.graph),
            "gat": lambda: gat.apply(gat.init(key, heads=2, **SIZES), x, self.graph),
        }.items():
            with pytest.raises(ShapeError, match=rf"^{name}: got x of shape \(3, 5\); wants shape \(nodes, 3\)"):
                call()

    def test_weights_that_do_not_fit(self):
        x, w = jnp.ones((3, 2)), jnp.ones((4, 2))
        with pytest.raises(ShapeError, match=r"^gcn: got w of shape \(4,\); wants w of shape \(outputs, inputs\)"):
            gcn.apply(GraphConvolution(w=w[:, 0]), x, gcn.normalise(self.graph, nodes=3))
        with pytest.raises(ShapeError, match=r"^sage: got w_self of shape \(4, 2\), w_neighbours of shape \(3, 2\)"):
            sage.apply(GraphSage(w_self=w, w_neighbours=w[:3]), x, self.graph)
        with pytest.raises(
            ShapeError, match=r"^gat: got w of shape \(1, 4, 2\), a_receiver of shape \(1, 4\), a_sender"
        ):
            gat.apply(GraphAttention(w=w[None], a_receiver=jnp.ones((1, 4)), a_sender=jnp.ones((1, 3))), x, self.graph)
        with pytest.raises(TypeError, match=r"^gat: got a_sender of dtype int32; wants floats"):
            gat.apply(GraphAttention(w[None], jnp.ones((1, 4)), jnp.ones((1, 4), int)), x, self.graph)

    def test_a_graph_that_is_not_normalised(self, key):
        with pytest.raises(TypeError, match=r"^propagate: got a graph of type Graph; wants a WeightedGraph"):
            gcn.apply(gcn.init(key, **SIZES), jnp.ones((3, INPUTS)), self.graph)
        with pytest.raises(TypeError, match=r"^sage: got a graph of type WeightedGraph; wants a Graph"):
            sage.apply(sage.init(key, **SIZES), jnp.ones((3, INPUTS)), gcn.normalise(self.graph, nodes=3))

    @pytest.mark.parametrize(("layer", "more"), [(gcn, {}), (sage, {}), (gat, {"heads": 1})])
    def test_init(self, layer, more, key):
        name = layer.__name__.split(".")[-1]
        with pytest.raises(TypeError, match=rf"^{name}\.init: got key of type int; wants one key"):
            layer.init(0, inputs=1, outputs=1, **more)
        with pytest.raises(ValueError, match=rf"^{name}\.init: got outputs=0; wants at least 1"):
            layer.init(key, inputs=1, outputs=0, **more)

    def test_heads(self, key):
        with pytest.raises(ValueError, match=r"^gat\.init: got heads=0; wants at least 1"):
            gat.init(key, inputs=1, outputs=1, heads=0)
