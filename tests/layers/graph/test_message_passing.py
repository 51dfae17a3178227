"""Messages arrive where they are sent, in any order, and a node that gets none is 0."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.graph import Graph, WeightedGraph
from nnbook.layers.graph.message_passing import (
    max_messages,
    mean_messages,
    pass_messages,
    propagate,
    segment_softmax,
    sum_messages,
)

NODES, EDGES = 5, 7
NUMPYS = {sum_messages: np.sum, mean_messages: np.mean, max_messages: np.max}
few = settings(max_examples=15)
ends = st.lists(st.integers(0, NODES - 1), min_size=EDGES, max_size=EDGES).map(jnp.array)
seeds = st.integers(0, 2**16)
each = pytest.mark.parametrize("aggregate", NUMPYS, ids=lambda aggregate: aggregate.__name__)


@each
@few
@given(seeds, ends)
def test_a_node_makes_one_of_what_it_gets(aggregate, seed, receivers):
    messages = jax.random.normal(jax.random.key(seed), (EDGES, 2))
    got = aggregate(messages, receivers, nodes=NODES)
    for node in range(NODES):
        received = np.asarray(messages)[np.asarray(receivers) == node]
        want = NUMPYS[aggregate](received, axis=0) if len(received) else np.zeros(2)
        np.testing.assert_allclose(got[node], want, rtol=1e-5, atol=1e-6)


@each
def test_the_order_of_edges_does_not_matter(aggregate, key):
    x = jax.random.normal(key, (NODES, 3))
    senders, receivers = jnp.array([0, 1, 2, 3, 3]), jnp.array([1, 1, 1, 0, 4])
    order = jnp.array([3, 0, 4, 2, 1])
    first = pass_messages(x, Graph(senders, receivers), aggregate=aggregate)
    again = pass_messages(x, Graph(senders[order], receivers[order]), aggregate=aggregate)
    np.testing.assert_allclose(first, again, rtol=1e-6, atol=1e-6)


@each
def test_messages_of_numbers_and_of_several_axes(aggregate, key):
    messages, receivers = jax.random.normal(key, (4, 2, 3)), jnp.array([0, 0, 2, 2])
    got = aggregate(messages, receivers, nodes=3)
    for i, j in ((0, 0), (1, 2)):
        np.testing.assert_array_equal(got[:, i, j], aggregate(messages[:, i, j], receivers, nodes=3))


@each
def test_gradients_are_those_of_the_formula_and_finite(aggregate, key):
    messages, receivers = jax.random.normal(key, (4, 2)), jnp.array([0, 0, 2, 0])  # node 1 gets nothing
    got = jax.grad(lambda messages: (aggregate(messages, receivers, nodes=3) ** 2).sum())(messages)
    dense = {sum_messages: jnp.sum, mean_messages: jnp.mean, max_messages: jnp.max}[aggregate]
    want = jax.grad(
        lambda messages: (dense(messages[jnp.array([0, 1, 3])], axis=0) ** 2).sum() + (messages[2] ** 2).sum()
    )(messages)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_what_sum_mean_and_max_can_tell_apart():
    # Xu et al. (2019), figure 3: two neighbours or four of the same kinds; and one of each kind, or one and two.
    two, four, three = jnp.array([1.0, 2.0]), jnp.array([1.0, 1.0, 2.0, 2.0]), jnp.array([1.0, 2.0, 2.0])

    def told(aggregate, first, second):
        first, second = (aggregate(messages, jnp.zeros(len(messages), int), nodes=1) for messages in (first, second))
        return bool(first != second)

    assert [told(aggregate, two, four) for aggregate in NUMPYS] == [True, False, False]
    assert [told(aggregate, two, three) for aggregate in NUMPYS] == [True, True, False]


def test_a_message_may_look_at_both_ends():
    graph = Graph(senders=jnp.array([0, 1]), receivers=jnp.array([2, 2]))
    x = jnp.array([[1.0], [5.0], [10.0]])
    got = pass_messages(x, graph, message=lambda sender, receiver: jnp.concatenate([receiver - sender, sender]))
    assert got.tolist() == [[0, 0], [0, 0], [14, 6]]


def test_weights_let_through_their_share():
    graph = Graph(senders=jnp.array([0, 1, 1]), receivers=jnp.array([1, 0, 1]))
    weighted = WeightedGraph(graph, weights=jnp.array([0.5, 2.0, -1.0]))
    assert propagate(jnp.array([[1.0, 10.0], [3.0, 30.0]]), weighted).tolist() == [[6, 60], [-2.5, -25]]
    assert propagate(jnp.ones((2, 1), jnp.bfloat16), weighted).dtype == jnp.bfloat16


@few
@given(seeds, ends, st.sampled_from([1.0, 1e4, 1e30]))
def test_shares_of_a_receiver_sum_to_one(seed, receivers, scale):
    scores = scale * jax.random.normal(jax.random.key(seed), (EDGES, 2))
    shares = segment_softmax(scores, receivers, nodes=NODES)
    assert (shares >= 0).all()
    np.testing.assert_allclose(sum_messages(shares, receivers, nodes=NODES)[receivers], 1, rtol=1e-6)
    for node in set(receivers.tolist()):
        mine = np.asarray(receivers) == node
        want = scipy.special.softmax(np.asarray(scores)[mine], axis=0)
        np.testing.assert_allclose(np.asarray(shares)[mine], want, rtol=1e-5, atol=1e-7)


def test_shares_do_not_change_with_what_is_added_to_all(key):
    scores, receivers = jax.random.normal(key, (4,)), jnp.array([0, 0, 2, 0])
    shares = segment_softmax(scores, receivers, nodes=3)
    np.testing.assert_allclose(segment_softmax(scores + 1e3, receivers, nodes=3), shares, atol=1e-4)
    gradient = jax.jacobian(lambda scores: segment_softmax(scores, receivers, nodes=3))(scores)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-6)
    want = jax.nn.softmax(scores[jnp.array([0, 1, 3])])
    np.testing.assert_allclose(gradient[0, :2], want[0] * (jnp.array([1.0, 0.0]) - want[:2]), atol=1e-6)


def test_scores_that_are_minus_infinity():
    shares = segment_softmax(jnp.array([-jnp.inf, 0.0, -jnp.inf]), jnp.array([0, 0, 1]), nodes=2)
    assert shares[:2].tolist() == [0, 1]
    assert jnp.isnan(shares[2])


def test_compiled_and_mapped_it_is_the_same(key):
    x = jax.random.normal(key, (3, NODES, 2))
    graph = Graph(senders=jnp.array([0, 1, 4]), receivers=jnp.array([1, 1, 0]))
    for aggregate in NUMPYS:
        one_by_one = jnp.stack([pass_messages(example, graph, aggregate=aggregate) for example in x])
        both = jax.jit(jax.vmap(lambda x, aggregate=aggregate: pass_messages(x, graph, aggregate=aggregate)))(x)
        np.testing.assert_allclose(both, one_by_one, rtol=1e-6)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize("function", [*NUMPYS, segment_softmax], ids=lambda function: function.__name__)
    def test_messages(self, function):
        name = function.__name__
        what = "scores" if function is segment_softmax else "messages"
        with pytest.raises(ShapeError, match=rf"^{name}: got messages of shape \(3, 2\), receivers of shape \(4,\)"):
            function(jnp.ones((3, 2)), jnp.zeros(4, int), nodes=2)
        with pytest.raises(ShapeError, match=rf"^{name}: got messages of shape \(3,\), receivers of shape \(3, 1\)"):
            function(jnp.ones(3), jnp.zeros((3, 1), int), nodes=2)
        with pytest.raises(TypeError, match=rf"^{name}: got {what} of dtype int32; wants floats"):
            function(jnp.ones(3, int), jnp.zeros(3, int), nodes=2)
        with pytest.raises(TypeError, match=rf"^{name}: got receivers of dtype float32; wants the numbers of nodes"):
            function(jnp.ones(3), jnp.zeros(3), nodes=2)
        with pytest.raises(ValueError, match=rf"^{name}: got nodes=0; wants at least 1"):
            function(jnp.ones(3), jnp.zeros(3, int), nodes=0)

    def test_nodes(self):
        graph = Graph(jnp.zeros(2, int), jnp.zeros(2, int))
        with pytest.raises(ShapeError, match=r"^pass_messages: got x of shape \(3,\); wants shape \(nodes, features\)"):
            pass_messages(jnp.ones(3), graph)
        with pytest.raises(ShapeError, match=r"^pass_messages: got x of shape \(2, 3, 4\).*jax\.vmap"):
            pass_messages(jnp.ones((2, 3, 4)), graph)
        with pytest.raises(ShapeError, match=r"^pass_messages: got x of shape \(0, 3\)"):
            pass_messages(jnp.ones((0, 3)), graph)
        with pytest.raises(TypeError, match=r"^pass_messages: got x of dtype int32; wants floats"):
            pass_messages(jnp.ones((3, 1), int), graph)

    def test_weights(self):
        graph = Graph(jnp.zeros(2, int), jnp.zeros(2, int))
        with pytest.raises(
            TypeError, match=r"^propagate: got a graph of type Graph; wants a WeightedGraph.*gcn.normalise"
        ):
            propagate(jnp.ones((2, 1)), graph)
        with pytest.raises(ShapeError, match=r"^propagate: got weights of shape \(1,\) for senders of shape \(2,\)"):
            propagate(jnp.ones((2, 1)), WeightedGraph(graph, jnp.ones(1)))
