"""FLOPs are those of the closed formulas, and XLA's where XLA is right; a body counts as often as it runs."""

import jax
import jax.numpy as jnp
import pytest

from nnbook.analysis import flops, flops_by_operation, parameter_count, parameters_by_name
from nnbook.layers import linear, multi_head
from nnbook.layers.activations import tanh
from nnbook.layers.attention import attend
from nnbook.models import mlp


def shaped(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def xla(function, *arguments):
    costs = jax.jit(function).lower(*arguments).cost_analysis()
    return costs["flops"] + costs.get("transcendentals", 0)


def test_parameters(key):
    params = mlp.init(key, sizes=(784, 300, 10))
    assert parameters_by_name(params) == {
        "layers[0].w": 235200, "layers[0].b": 300, "layers[1].w": 3000, "layers[1].b": 10,
    }  # fmt: skip
    assert parameter_count(params) == 238510
    assert parameter_count(jax.eval_shape(lambda: params)) == 238510
    assert parameter_count({}) == 0
    assert parameter_count(3.5) == 1


def test_a_dense_layer(key):
    params, x = linear.init(key, inputs=30, outputs=20), jnp.ones(30)
    assert flops(linear.apply, params, x) == 2 * 30 * 20 + 20 == xla(linear.apply, params, x)


def test_a_dense_layer_on_a_batch_and_its_gradient(key):
    params, x = linear.init(key, inputs=30, outputs=20), jnp.ones((7, 30))
    batch = jax.vmap(linear.apply, in_axes=(None, 0))
    assert flops(batch, params, x) == 7 * (2 * 30 * 20 + 20) == xla(batch, params, x)
    both = jax.grad(lambda params, x: batch(params, x).sum(), (0, 1))
    # The gradient multiplies twice, by the inputs and by the weights; the forward product itself leads nowhere.
    assert flops_by_operation(both, params, x)["dot_general"] == 2 * 7 * 2 * 30 * 20


@pytest.mark.parametrize("activation", [jax.nn.relu, tanh])
def test_an_mlp(key, activation):
    params = mlp.init(key, sizes=(5, 8, 6, 3))
    products = 2 * (5 * 8 + 8 * 6 + 6 * 3)
    want = products + (8 + 6 + 3) + (8 + 6)
    assert flops(lambda p, x: mlp.apply(p, x, activation), params, jnp.ones(5)) == want
    assert xla(lambda p, x: mlp.apply(p, x, activation), params, jnp.ones(5)) == want


def test_training_costs_three_times_the_answer(key):
    params, x = mlp.init(key, sizes=(64, 64, 64, 64)), jnp.ones((16, 64))

    def loss(params):
        return (jax.vmap(mlp.apply, in_axes=(None, 0))(params, x) ** 2).sum()

    once = flops_by_operation(loss, params)["dot_general"]
    # But for the gradient at the inputs, which nobody asks for: 2 of 9 products are missing to 3 times.
    assert flops_by_operation(jax.grad(loss), params)["dot_general"] == once * 8 // 3


@pytest.mark.parametrize(("t", "s", "d_k", "d_v"), [(4, 4, 8, 8), (5, 7, 3, 2)])
def test_attention(t, s, d_k, d_v):
    counts = flops_by_operation(attend, shaped(t, d_k), shaped(s, d_k), shaped(s, d_v))
    assert counts["dot_general"] == 2 * t * s * (d_k + d_v)
    # √d_k divides, and softmax subtracts the maximum, exponentiates, adds up and divides.
    assert (counts["div"], counts["sub"], counts["exp"]) == (2 * t * s, t * s, t * s)
    assert counts["reduce_max"] == counts["reduce_sum"] == t * (s - 1)


def test_multi_head_attention(key):
    t, d = 10, 12
    params = multi_head.init(key, d_model=d, heads=3)
    counts = flops_by_operation(multi_head.apply, params, shaped(t, d))
    assert counts["dot_general"] == 8 * t * d**2 + 4 * t**2 * d


def conv(x, kernel, **how):
    settings = {"window_strides": (1, 1), "padding": "VALID", **how}
    return jax.lax.conv_general_dilated(x, kernel, dimension_numbers=("NHWC", "HWIO", "NHWC"), **settings)


@pytest.mark.parametrize(
    ("how", "places"),
    [
        ({}, 8 * 6),
        ({"padding": "SAME"}, 10 * 10),
        ({"window_strides": (2, 2)}, 4 * 3),
        ({"rhs_dilation": (2, 2)}, 6 * 2),
    ],
    ids=["plain", "same", "strides", "dilated"],
)
def test_a_convolution_counts_every_place_of_the_kernel(how, places):
    x, kernel = shaped(2, 10, 10, 3), shaped(3, 5, 3, 7)
    want = 2 * 2 * places * (3 * 5 * 3) * 7
    assert flops(lambda x, k: conv(x, k, **how), x, kernel) == want
    # XLA leaves out what meets padding.
    assert (xla(lambda x, k: conv(x, k, **how), x, kernel) == want) == (how.get("padding") != "SAME")


def test_groups_divide_the_cost():
    x = shaped(1, 10, 10, 8)
    whole = flops(conv, x, shaped(3, 3, 8, 8))
    assert flops(lambda x, k: conv(x, k, feature_group_count=4), x, shaped(3, 3, 2, 8)) == whole // 4
    assert flops(lambda x, k: conv(x, k, feature_group_count=8), x, shaped(3, 3, 1, 8)) == whole // 8


def test_the_gradient_of_a_convolution_costs_as_much_twice():
    def loss(x, kernel):
        return (conv(x, kernel, window_strides=(2, 2)) ** 2).sum()

    x, kernel = shaped(2, 8, 8, 3), shaped(2, 2, 3, 5)
    once = flops_by_operation(loss, x, kernel)["conv_general_dilated"]
    # Nothing is counted for the holes that the strides leave in what is sent back.
    assert flops_by_operation(jax.grad(loss, (0, 1)), x, kernel)["conv_general_dilated"] == 3 * once


W = shaped(6, 6)
ONCE = 2 * 6 * 6


def product(w, x):
    return w @ x


def scanned(w, x, length):
    return jax.lax.scan(lambda h, _: (product(w, h), None), x, length=length)[0]


def with_custom_jvp(function):
    wrapped = jax.custom_jvp(function)
    wrapped.defjvp(lambda primals, tangents: (wrapped(*primals), wrapped(primals[0], tangents[1])))
    return wrapped


class TestBodies:
    def test_a_scan_counts_its_body_as_often_as_it_runs(self):
        assert flops(lambda w, x: scanned(w, x, 10), W, shaped(6)) == 10 * ONCE
        assert xla(lambda w, x: scanned(w, x, 10), W, shaped(6)) < 2 * ONCE, "XLA has learned to count: say so"

    def test_scans_in_scans_multiply(self):
        def outer(w, x):
            return jax.lax.scan(lambda h, _: (scanned(w, h, 3), None), x, length=5)[0]

        assert flops(outer, W, shaped(6)) == 15 * ONCE

    def test_a_loop_with_a_fixed_number_of_turns(self):
        assert flops(lambda w, x: jax.lax.fori_loop(0, 4, lambda _, h: product(w, h), x), W, shaped(6)) == 4 * ONCE

    def test_a_map_over_a_batch_in_turn(self):
        assert flops(lambda w, x: jax.lax.map(lambda x: product(w, x), x), W, shaped(9, 6)) == 9 * ONCE

    def test_a_while_loop_has_to_be_told(self):
        def loop(w, x):
            return jax.lax.while_loop(lambda h: h.sum() < 9, lambda h: product(w, h), x)

        with pytest.raises(ValueError, match="got a while loop, which does not say how often it runs; wants trips"):
            flops(loop, W, shaped(6))
        assert flops(loop, W, shaped(6), trips=3) == 3 * ONCE + 4 * 5  # and a sum of 6 numbers each time it asks

    def test_of_branches_the_dearest(self):
        def choose(w, x):
            return jax.lax.cond(x[0] > 0, lambda: product(w, product(w, x)), lambda: product(w, x))

        assert flops(choose, W, shaped(6)) == 2 * ONCE
        three = [lambda w, x: x, product, lambda w, x: product(w, product(w, x))]
        assert flops(lambda i, w, x: jax.lax.switch(i, three, w, x), 0, W, shaped(6)) == 2 * ONCE

    @pytest.mark.parametrize("wrap", [jax.jit, jax.checkpoint, with_custom_jvp, lambda f: jax.jit(jax.jit(f))])
    def test_calls_are_seen_through(self, wrap):
        assert flops(wrap(product), W, shaped(6)) == ONCE

    def test_a_custom_gradient_counts_as_it_is_written(self):
        twice = jax.custom_vjp(product)
        twice.defvjp(lambda w, x: (product(w, x), (w, x)), lambda kept, g: (jnp.outer(g, kept[1]), kept[0].T @ g))
        assert flops(twice, W, shaped(6)) == ONCE
        counts = flops_by_operation(jax.grad(lambda w, x: twice(w, x).sum(), (0, 1)), W, shaped(6))
        assert counts == {"dot_general": ONCE, "mul": 36}

    def test_a_checkpoint_computes_again(self):
        def loss(w, x, wrap):
            for _ in range(3):
                x = wrap(lambda x: jnp.tanh(w @ x))(x)
            return x.sum()

        plain, again = (
            flops_by_operation(jax.grad(lambda w, x, wrap=wrap: loss(w, x, wrap)), W, shaped(6))["tanh"]
            for wrap in (lambda f: f, jax.checkpoint)
        )
        # Three layers of six; the last one's own output is then needed by nobody but the second pass.
        assert (plain, again) == (3 * 6, 2 * 6 + 3 * 6)

    def test_what_leads_nowhere_is_not_counted(self):
        assert flops(lambda w, x: (product(w, x), x + 1)[1], W, shaped(6)) == 6


def test_conventions():
    x = shaped(10)
    assert flops(lambda x: x**2, x) == 10
    assert flops(lambda x: x**10, x) == 40
    assert flops(lambda x: x**-1, x) == 10
    assert flops(jnp.cumsum, x) == 9
    for method in ("add", "multiply", "max", "min"):
        assert flops(lambda x, method=method: getattr(x.at[jnp.array([1, 2])], method)(1.0), x) == 2
    assert flops(lambda x: jnp.sort(x)[::-1].reshape(2, 5).T.astype(jnp.bfloat16), x) == 0
    assert flops(lambda x: jnp.where(x > 0, x, 0.0), x) == 0
    assert flops(lambda n: n * 3 + 1, jax.ShapeDtypeStruct((10,), jnp.int32)) == 0
    pool = flops_by_operation(lambda x: jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (2,), (2,), "VALID"), x)
    assert pool == {"reduce_window_max": 5}
    assert "exp" in next(iter(flops_by_operation(lambda x: jnp.exp(x).max(), x)))


def test_drawing_random_numbers_costs_only_what_shapes_them(key):
    assert flops(lambda key: jax.random.bits(key, (10,)), key) == 0
    assert flops_by_operation(lambda key: jax.random.normal(key, (10,)), key)["erf_inv"] == 10


def test_an_operation_of_unknown_cost_is_refused_by_name():
    with pytest.raises(ValueError, match="got the operation cholesky, whose cost is not known"):
        flops(jnp.linalg.cholesky, shaped(3, 3))
