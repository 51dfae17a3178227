"""A function as a straight list of operations, so that they can be counted: JAX's jaxpr, with its calls written out."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
from jax.extend import core

# What merely calls a body once; scan, while and cond stay operations, with their bodies in their parameters.
CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "remat2": "jaxpr",
    "checkpoint": "jaxpr",
}


@dataclass(eq=False)
class Value:
    """One array of a program. Two of them are never the same, whatever their shapes.

    >>> import numpy as np
    >>> Value(shape=(3, 4), dtype=np.dtype("float32")).bytes
    48
    """

    shape: tuple[int, ...]
    dtype: Any

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        return self.size * self.dtype.itemsize


class Operation(NamedTuple):
    """One step of a program. A constant number among the inputs is a value without a maker."""

    name: str
    params: dict[str, Any]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]


class Program(NamedTuple):
    """The operations in order, those whose results nobody needs left out, and what they lead to."""

    operations: tuple[Operation, ...]
    results: tuple[Value, ...]


def program_of(function: Callable[..., Any], *arguments: Any) -> Program:
    """Trace a function on arguments of these shapes, which need not hold numbers, and list what it does.

    >>> [operation.name for operation in program_of(lambda x: jax.nn.relu(2 * x), jax.ShapeDtypeStruct((3,), "float32")).operations]
    ['mul', 'max']
    """
    return straighten(jax.make_jaxpr(function)(*arguments))


def straighten(jaxpr: core.ClosedJaxpr | core.Jaxpr) -> Program:
    """Write out every call in the place where it is made, and drop what leads to no result.

    >>> def wasteful(x):
    ...     x + 1  # nobody needs it
    ...     return jax.jit(lambda x: 2 * x)(x)
    >>> [operation.name for operation in straighten(jax.make_jaxpr(wasteful)(1.0)).operations]
    ['mul']
    """
    operations: list[tuple[Operation, bool]] = []
    inner = _open(jaxpr)
    results = _walk(inner, [_value(v) for v in inner.invars], operations)
    needed, kept = {*results}, []
    for operation, acts in reversed(operations):
        if acts or needed.intersection(operation.outputs):
            needed.update(operation.inputs)
            kept.append(operation)
    return Program(tuple(reversed(kept)), tuple(results))


def _walk(jaxpr: core.Jaxpr, arguments: list[Value], operations: list[tuple[Operation, bool]]) -> list[Value]:
    known = dict(zip(jaxpr.invars, arguments, strict=True))
    known |= {v: _value(v) for v in jaxpr.constvars}

    def read(atom: Any) -> Value:
        return _value(atom) if isinstance(atom, core.Literal) else known[atom]

    for equation in jaxpr.eqns:
        name, inputs = equation.primitive.name, [read(atom) for atom in equation.invars]
        if name in CALLS:
            outputs = _walk(_open(equation.params[CALLS[name]]), inputs, operations)
        else:
            outputs = [_value(v) for v in equation.outvars]
            operation = Operation(name, equation.params, tuple(inputs), tuple(outputs))
            operations.append((operation, bool(equation.effects)))
        known |= zip(equation.outvars, outputs, strict=True)
    return [read(atom) for atom in jaxpr.outvars]


def _value(atom: Any) -> Value:
    return Value(tuple(atom.aval.shape), atom.aval.dtype)


def _open(jaxpr: core.ClosedJaxpr | core.Jaxpr) -> core.Jaxpr:
    # A closed jaxpr carries the values of its constants, of which only the shapes matter here.
    return jaxpr.jaxpr if isinstance(jaxpr, core.ClosedJaxpr) else jaxpr
