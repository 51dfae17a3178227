"""How many parameters a network has, and how many floating-point operations (FLOPs) a function takes.

FLOPs are counted in the function's jaxpr, before any compiler touches it, by the conventions of
`nnbook.analysis.costs`; the body of a scan counts as often as it runs, which XLA's own analysis forgets.
"""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

from nnbook.analysis.costs import cost
from nnbook.analysis.programs import Operation, Program, program_of, straighten


def parameters_by_name(params: PyTree) -> dict[str, int]:
    """How many numbers each array of a tree holds, under the name by which one reaches it.

    The tree may be one of shapes, from `jax.eval_shape`: so the largest networks are counted without being made.

    >>> from nnbook.models import mlp
    >>> parameters_by_name(mlp.init(jax.random.key(0), sizes=(2, 8, 1)))
    {'layers[0].w': 16, 'layers[0].b': 8, 'layers[1].w': 8, 'layers[1].b': 1}
    """
    return {
        jax.tree_util.keystr(path).removeprefix("."): math.prod(jnp.shape(leaf))
        for path, leaf in jax.tree.leaves_with_path(params)
    }


def parameter_count(params: PyTree) -> int:
    """How many numbers a tree holds in all.

    >>> parameter_count({"w": jax.ShapeDtypeStruct((12288, 50257), "float32"), "b": jnp.zeros(3)})
    617558019
    """
    return sum(parameters_by_name(params).values())


def flops(function: Callable[..., Any], *arguments: Any, trips: int | None = None) -> int:
    """How many floating-point operations function(*arguments) takes; a multiply-add counts 2.

    Only the shapes of the arguments matter, so they may be `jax.ShapeDtypeStruct`s. Of the branches of a cond the
    dearest counts. A while loop does not say how often it runs: `trips` does, for all of them. What leads to no
    result is not counted.
    Raises ValueError for a while loop without `trips`, or an operation whose cost is not known.
    Source: Hoffmann et al. (2022), appendix F, for a multiply-add as 2.

    >>> x, w = jax.ShapeDtypeStruct((3,), "float32"), jax.ShapeDtypeStruct((5, 3), "float32")
    >>> flops(lambda w, x: w @ x, w, x)
    30
    """
    return sum(flops_by_operation(function, *arguments, trips=trips).values())


def flops_by_operation(function: Callable[..., Any], *arguments: Any, trips: int | None = None) -> dict[str, int]:
    """What of `flops` goes to which operation of JAX, the dearest first; those that cost nothing are left out.

    Raises as `flops` does.

    >>> flops_by_operation(jax.nn.softmax, jax.ShapeDtypeStruct((100,), "float32"))
    {'sub': 100, 'exp': 100, 'div': 100, 'reduce_max': 99, 'reduce_sum': 99, 'max': 1}
    """
    counts = _count(program_of(function, *arguments), trips)
    return dict(sorted(((name, count) for name, count in counts.items() if count), key=lambda item: -item[1]))


def _count(program: Program, trips: int | None) -> Counter[str]:
    total: Counter[str] = Counter()
    for operation in program.operations:
        total.update(_count_one(operation, trips))
    return total


def _count_one(operation: Operation, trips: int | None) -> dict[str, int]:
    params = operation.params
    if operation.name == "scan":
        return _times(params["length"], _count(straighten(params["jaxpr"]), trips))
    if operation.name == "while":
        if trips is None:
            raise ValueError("flops: got a while loop, which does not say how often it runs; wants trips")
        return _times(trips, _count(straighten(params["body_jaxpr"]), trips)) + _times(
            trips + 1, _count(straighten(params["cond_jaxpr"]), trips)
        )
    if operation.name == "cond":
        return max((_count(straighten(branch), trips) for branch in params["branches"]), key=Counter.total)
    return {operation.name: cost(operation)}


def _times(n: int, counts: Counter[str]) -> Counter[str]:
    return Counter({name: n * count for name, count in counts.items()})
