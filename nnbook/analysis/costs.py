"""What single operations cost in FLOPs: the conventions by which `nnbook.analysis.counts` counts.

A multiplication with an addition counts 2. Each other calculation with floats counts 1 for each number it gives: a sum,
a division, a maximum, an exponential or tanh just as well. Adding up n numbers counts n − 1. Nothing is counted
for moving, comparing, choosing, sorting, converting or drawing numbers, nor for whole numbers.
"""

import math
from collections.abc import Callable

import jax.numpy as jnp

from nnbook.analysis.programs import Operation


def words(text: str) -> frozenset[str]:
    """Make a set of names that are written one after the other.

    >>> sorted(words("mul add"))
    ['add', 'mul']
    """
    return frozenset(text.split())


ELEMENTWISE = words(
    "abs acos acosh add add_any asin asinh atan atan2 atanh bessel_i0e bessel_i1e cbrt ceil clamp cos cosh digamma div"
    " erf erf_inv erfc exp exp2 expm1 floor igamma igammac lgamma log log1p logistic max min mul neg nextafter pow"
    " random_gamma_grad regularized_incomplete_beta rem round rsqrt sign sin sinh sqrt square sub tan tanh"
)
FREE = words(
    "and approx_top_k argmax argmin bitcast_convert_type broadcast_in_dim clz complex concatenate conj"
    " convert_element_type copy copy_p create_token debug_callback debug_print device_put dynamic_slice"
    " dynamic_update_slice empty eq eq_to expand_dims gather ge gt imag iota is_finite le le_to lt lt_to name ne not"
    " optimization_barrier or pad pbroadcast pcast population_count pvary random_bits random_clone random_fold_in"
    " random_gamma random_seed random_split random_unwrap random_wrap real reduce_and reduce_or reduce_precision"
    " reduce_xor reshape rev rng_bit_generator scatter select_n shape_check sharding_constraint shift_left"
    " shift_right_arithmetic shift_right_logical slice sort split squeeze stack stop_gradient threefry2x32 tie tile"
    " top_k transpose unstack xor"
)


def dot_general(operation: Operation) -> int:
    """Count 2 for each product of a matrix product: 2 · batch · rows · columns · length of the sums.

    >>> from nnbook.analysis.programs import program_of
    >>> product = program_of(jnp.matmul, jnp.ones((3, 5)), jnp.ones((5, 4))).operations[-1]
    >>> dot_general(product)
    120
    """
    lhs, rhs = operation.inputs[:2]
    (_, contracted), (_, batched) = operation.params["dimension_numbers"]
    own = [n for axis, n in enumerate(rhs.shape) if axis not in {*contracted, *batched}]
    return 2 * lhs.size * math.prod(own)


def convolution(operation: Operation) -> int:
    """Count 2 for each product of a convolution, products with padding's zeros included, as formulas do.

    The holes that dilation makes between the inputs are not: a transposed convolution costs what the convolution does.

    >>> from nnbook.analysis.programs import program_of
    >>> slide = program_of(lambda x, w: jnp.convolve(x, w, mode="valid"), jnp.ones(10), jnp.ones(3))
    >>> [convolution(operation) for operation in slide.operations if operation.name == "conv_general_dilated"]
    [48]
    """
    rhs, out, params = operation.inputs[1], operation.outputs[0], operation.params
    numbers, pairs = params["dimension_numbers"], 1
    for d, (low, _) in enumerate(params["padding"]):
        kernel, places = rhs.shape[numbers.rhs_spec[2 + d]], out.shape[numbers.out_spec[2 + d]]
        stride, dilation, holes = params["window_strides"][d], params["rhs_dilation"][d], params["lhs_dilation"][d]
        pairs *= sum((o * stride + k * dilation - low) % holes == 0 for o in range(places) for k in range(kernel))
    outer = out.shape[numbers.out_spec[0]] * out.shape[numbers.out_spec[1]]
    return 2 * outer * rhs.shape[numbers.rhs_spec[1]] * pairs


def _reduction(operation: Operation) -> int:
    return operation.inputs[0].size - operation.outputs[0].size


def _cumulation(operation: Operation) -> int:
    out, axis = operation.outputs[0], operation.params["axis"]
    return out.size - out.size // max(out.shape[axis], 1)


def _window(operation: Operation) -> int:
    return operation.outputs[0].size * (math.prod(operation.params["window_dimensions"]) - 1)


def _whole_power(operation: Operation) -> int:
    power = abs(operation.params["y"])  # by squaring: x¹⁰ = x⁸ · x² is three squares and a product
    products = max(power.bit_length() - 1 + power.bit_count() - 1, 0)
    return operation.outputs[0].size * (products + (operation.params["y"] < 0))


COSTS: dict[str, Callable[[Operation], int]] = {
    "dot_general": dot_general,
    "conv_general_dilated": convolution,
    "integer_pow": _whole_power,
    **dict.fromkeys(("reduce_sum", "reduce_max", "reduce_min", "reduce_prod"), _reduction),
    **dict.fromkeys(("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp"), _cumulation),
    **dict.fromkeys(("reduce_window_sum", "reduce_window_max", "reduce_window_min"), _window),
    # One addition for each number that is scattered.
    **dict.fromkeys(words("scatter-add scatter-mul scatter-min scatter-max scatter-sub"), lambda op: op.inputs[2].size),
    **dict.fromkeys(words("scatter_add scatter_mul scatter_min scatter_max scatter_sub"), lambda op: op.inputs[2].size),
    "select_and_scatter_add": lambda op: op.inputs[0].size,
    "select_and_gather_add": lambda op: 0,
    "one_minus_square": lambda op: 2 * op.outputs[0].size,  # JAX 0.12 has one operation for tanh's slope, 0.10 two
    **dict.fromkeys(ELEMENTWISE, lambda op: op.outputs[0].size),
    **dict.fromkeys(FREE, lambda op: 0),
}


def cost(operation: Operation) -> int:
    """Count the FLOPs of one operation that has no body of its own.

    Raises ValueError for one whose cost is not known, such as the decomposition of a matrix.

    >>> cost(Operation("cholesky", {}, (), ()))
    Traceback (most recent call last):
        ...
    ValueError: flops: got the operation cholesky, whose cost is not known; wants those of networks
    """
    if operation.name not in COSTS:
        raise ValueError(f"flops: got the operation {operation.name}, whose cost is not known; wants those of networks")
    floats = any(jnp.issubdtype(value.dtype, jnp.inexact) for value in operation.outputs)
    return COSTS[operation.name](operation) if floats else 0
