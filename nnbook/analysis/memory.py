"""How many bytes of activations a function keeps at once, by following which arrays of its jaxpr are still needed.

This is the memory an algorithm needs as it is written down, in order and without fusing operations. XLA's own number
agrees where it does not fuse; from 4096 tokens on it reports naive attention as free on the CPU, which this does not.
"""

from collections.abc import Callable
from typing import Any

from nnbook.analysis.costs import ELEMENTWISE, words
from nnbook.analysis.programs import Operation, Program, Value, program_of, straighten

# These read their operand where it lies: nothing is written.
VIEWS = words("broadcast_in_dim copy expand_dims name optimization_barrier reshape squeeze stop_gradient transpose")
# These may write over an operand that nobody needs afterwards.
IN_PLACE = ELEMENTWISE | words("convert_element_type dynamic_update_slice integer_pow scatter scatter-add select_n")


def peak_activation_bytes(function: Callable[..., Any], *arguments: Any) -> int:
    """How many bytes of intermediate results function(*arguments) holds when it holds most.

    Only the shapes of the arguments matter, so they may be `jax.ShapeDtypeStruct`s. Counted is what is computed on the
    way; arguments and results belong to the caller. An array lives from its making to its last use; a calculation
    element by element may write over an operand that dies there; a broadcast, reshape or transpose is read in place.
    The body of a loop adds what it holds within one turn to what the loop keeps, the stacked results of a scan in full.
    Source: Appel (1998), chapter 10, for liveness.

    >>> import jax
    >>> x = jax.ShapeDtypeStruct((100, 4), "float32")
    >>> peak_activation_bytes(lambda x: jax.numpy.exp(x @ x.T).sum(), x)
    40000
    """
    return _peak(program_of(function, *arguments), given_away=True)


def _peak(program: Program, *, given_away: bool) -> int:
    """Walk through the program once; `given_away` says that the results lie in the caller's memory."""
    homes = _homes(program)
    made = {value for operation in program.operations for value in operation.outputs if homes[value] is value}
    results = {homes.get(value, value) for value in program.results}
    counted = made - results if given_away else made

    last_use: dict[Value, int] = {}
    for place, operation in enumerate(program.operations):
        last_use |= {homes.get(value, value): place for value in (*operation.inputs, *operation.outputs)}
    if not given_away:
        last_use |= dict.fromkeys(results, len(program.operations))

    live = peak = 0
    for place, operation in enumerate(program.operations):
        new = sum(value.bytes for value in operation.outputs if value in counted)
        touched = {homes.get(value, value) for value in (*operation.inputs, *operation.outputs)}
        dying = [value for value in touched & counted if last_use[value] == place]
        freed = sum(value.bytes for value in dying)
        reused = _reused(operation, new, dying)
        peak = max(peak, live + new - reused + _inside(operation))
        live += new - freed
    return peak


def _homes(program: Program) -> dict[Value, Value]:
    """For each value the array it lies in: its own, or the one it is a view of."""
    homes: dict[Value, Value] = {}
    for operation in program.operations:
        viewed = operation.inputs if operation.name in VIEWS else operation.outputs
        for output, view in zip(operation.outputs, viewed, strict=False):
            homes[output] = homes.get(view, view)
    return homes


def _reused(operation: Operation, new: int, dying: list[Value]) -> int:
    if operation.name not in IN_PLACE:
        return 0
    makes = {*operation.outputs}
    return new if any(value.bytes == new for value in dying if value not in makes) else 0


def _inside(operation: Operation) -> int:
    """What the bodies of a loop or a choice hold at most, beside what they are given and the loop's own results."""
    params = operation.params
    bodies = {
        "scan": lambda: [params["jaxpr"]],
        "while": lambda: [params["cond_jaxpr"], params["body_jaxpr"]],
        "cond": lambda: params["branches"],
    }.get(operation.name, list)()
    return max((_peak(straighten(body), given_away=operation.name == "cond") for body in bodies), default=0)
