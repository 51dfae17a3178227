"""A graph is its edges: lists and matrices of them tell the same, and what is no graph is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.graph import Graph, WeightedGraph, directed, gcn, undirected
from nnbook.layers.graph.adjacency import adjacency_matrix, from_adjacency_matrix, weighted_adjacency_matrix
from nnbook.layers.graph.edges import add_self_loops, in_degrees

NODES = 5
# Always as many edges: each number of them is compiled anew.
matrices = st.permutations([1.0] * 8 + [0.0] * 17).map(
    lambda entries: np.array(entries, np.float32).reshape(NODES, NODES)
)
PAIRS = [(i, j) for i in range(NODES) for j in range(i)]


@settings(max_examples=15)
@given(matrices)
def test_matrix_and_list_tell_the_same(matrix):
    graph = from_adjacency_matrix(jnp.array(matrix))
    np.testing.assert_array_equal(adjacency_matrix(graph, nodes=NODES), matrix)
    pairs = jnp.stack([graph.senders, graph.receivers], axis=1)
    np.testing.assert_array_equal(adjacency_matrix(directed(pairs, nodes=NODES), nodes=NODES), matrix)
    np.testing.assert_array_equal(in_degrees(graph, nodes=NODES), matrix.sum(axis=1))
    looped = add_self_loops(graph, nodes=NODES)
    np.testing.assert_array_equal(adjacency_matrix(looped, nodes=NODES), matrix + np.eye(NODES))


@settings(max_examples=15)
@given(st.permutations(PAIRS))
def test_an_undirected_graph_has_a_symmetric_matrix(pairs):
    pairs = np.array([*pairs[:6], (3, 3)])  # and one from a node to itself
    matrix = adjacency_matrix(undirected(jnp.array(pairs), nodes=NODES), nodes=NODES)
    want = np.zeros((NODES, NODES))
    want[pairs[:, 0], pairs[:, 1]] = want[pairs[:, 1], pairs[:, 0]] = 1
    np.testing.assert_array_equal(matrix, want)


def test_an_edge_leads_from_its_first_node_to_its_second():
    graph = directed(jnp.array([[0, 1], [2, 1], [2, 2]]), nodes=4)
    np.testing.assert_array_equal(
        adjacency_matrix(graph, nodes=4), [[0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    )
    assert in_degrees(graph, nodes=4).tolist() == [0, 2, 1, 0]


def test_weights_stand_where_their_edges_are_and_add_up():
    graph = Graph(senders=jnp.array([0, 0, 1]), receivers=jnp.array([1, 1, 0]))
    weighted = WeightedGraph(graph, weights=jnp.array([0.5, 2.0, -1.0]))
    assert weighted_adjacency_matrix(weighted, nodes=2).tolist() == [[0, -1], [2.5, 0]]


def test_a_graph_without_edges():
    graph = undirected(jnp.zeros((0, 2), int), nodes=3)
    assert graph.senders.shape == graph.receivers.shape == (0,)
    assert not adjacency_matrix(graph, nodes=3).any()
    assert gcn.normalise(graph, nodes=3).weights.tolist() == [1, 1, 1]


def test_matrices_compile():
    graph = directed(jnp.array([[0, 1], [2, 1]]), nodes=3)
    compiled = jax.jit(lambda graph: adjacency_matrix(add_self_loops(graph, nodes=3), nodes=3))(graph)
    np.testing.assert_array_equal(compiled, [[1, 0, 0], [1, 1, 1], [0, 0, 1]])


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize("build", [directed, undirected])
    def test_edges(self, build):
        name = build.__name__
        with pytest.raises(ValueError, match=rf"^{name}: got the edge \(1, 3\); wants nodes from 0 to 2"):
            build(jnp.array([[0, 1], [1, 3]]), nodes=3)
        with pytest.raises(ValueError, match=rf"^{name}: got the edge \(-1, 0\); wants nodes from 0 to 2"):
            build(jnp.array([[-1, 0]]), nodes=3)
        with pytest.raises(ShapeError, match=rf"^{name}: got edges of shape \(2, 3\); wants shape \(edges, 2\)"):
            build(jnp.zeros((2, 3), int), nodes=3)
        with pytest.raises(TypeError, match=rf"^{name}: got edges of dtype float32; wants the numbers of nodes, ints"):
            build(jnp.zeros((2, 2)), nodes=3)
        with pytest.raises(ValueError, match=rf"^{name}: got nodes=0; wants at least 1"):
            build(jnp.zeros((0, 2), int), nodes=0)
        with pytest.raises(ValueError, match=rf"^{name}: got the edge \(0, 1\) twice; wants it once"):
            build(jnp.array([[0, 1], [0, 1]]), nodes=3)

    def test_a_pair_in_both_directions(self):
        both = jnp.array([[0, 1], [1, 0]])
        assert directed(both, nodes=2).senders.tolist() == [0, 1]
        with pytest.raises(ValueError, match=r"^undirected: got the edge \(0, 1\) twice.*give each pair once"):
            undirected(both, nodes=2)

    def test_what_is_no_graph(self):
        with pytest.raises(ShapeError, match=r"^in_degrees: got senders of shape \(2,\), receivers of shape \(1,\)"):
            in_degrees(Graph(jnp.zeros(2, int), jnp.zeros(1, int)), nodes=2)
        with pytest.raises(
            TypeError, match=r"^add_self_loops: got receivers of dtype float32; wants the numbers of nodes"
        ):
            add_self_loops(Graph(jnp.zeros(2, int), jnp.zeros(2)), nodes=2)
        with pytest.raises(TypeError, match=r"^adjacency_matrix: got a graph of type tuple; wants a Graph"):
            adjacency_matrix((jnp.zeros(2, int), jnp.zeros(2, int)), nodes=2)
        with pytest.raises(ValueError, match=r"^in_degrees: got nodes=0; wants at least 1"):
            in_degrees(Graph(jnp.zeros(2, int), jnp.zeros(2, int)), nodes=0)

    def test_weights(self):
        graph = Graph(jnp.zeros(2, int), jnp.zeros(2, int))
        with pytest.raises(
            ShapeError, match=r"^adjacency_matrix: got weights of shape \(3,\) for senders of shape \(2,\)"
        ):
            weighted_adjacency_matrix(WeightedGraph(graph, jnp.ones(3)), nodes=1)
        with pytest.raises(TypeError, match=r"^adjacency_matrix: got weights of dtype int32; wants floats"):
            weighted_adjacency_matrix(WeightedGraph(graph, jnp.ones(2, int)), nodes=1)

    def test_matrices(self):
        with pytest.raises(ShapeError, match=r"got a matrix of shape \(2, 3\); wants shape \(nodes, nodes\)"):
            from_adjacency_matrix(jnp.zeros((2, 3)))
        with pytest.raises(ValueError, match=r"got an entry 0\.5; wants 1 where there is an edge"):
            from_adjacency_matrix(jnp.array([[0.5]]))
        with pytest.raises(TypeError, match="got matrix of dtype bool; wants floats"):
            from_adjacency_matrix(jnp.ones((2, 2), bool))
