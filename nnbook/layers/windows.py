"""Windows that slide over a signal or an image: where they stop, and what they see there.

Convolution and pooling share this. `stride` and `dilation` are one number for every axis, or one for each; `padding` is
"VALID" (none), "SAME" (as many stops as numbers, divided by the stride and rounded up; what does not split evenly goes
behind), or a pair (before, after) for each axis.
"""

import math
from collections.abc import Sequence
from itertools import product
from numbers import Integral
from typing import Literal, NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_sizes

Sizes = int | Sequence[int]
Padding = Literal["SAME", "VALID"] | Sequence[tuple[int, int]]


class Window(NamedTuple):
    """One layer's window along one axis: cells seen, cells between two stops, and cells from one it sees to the next.

    >>> Window(kernel=3, stride=2)
    Window(kernel=3, stride=2, dilation=1)
    """

    kernel: int
    stride: int = 1
    dilation: int = 1


class Sliding(NamedTuple):
    """How a window slides over every axis, all of it spelled out: one entry for each axis."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    outputs: tuple[int, ...]


def output_size(
    size: int,
    *,
    kernel: int,
    stride: int = 1,
    padding: Literal["SAME", "VALID"] | tuple[int, int] = "VALID",
    dilation: int = 1,
) -> int:
    """Count the stops of a window along an axis of n numbers: ⌊(n + before + after − d (k − 1) − 1) / s⌋ + 1.

    Raises ShapeError if the window is longer than the padded axis, ValueError for a size below 1 or another padding.
    Source: Dumoulin and Visin (2016), sections 2 and 5.1.

    >>> output_size(28, kernel=5), output_size(28, kernel=3, stride=2, padding="SAME")
    (24, 14)
    """
    require_sizes("output_size", size=size)
    pads = padding if isinstance(padding, str) else (padding,)
    return slide("output_size", (size,), kernel=kernel, stride=stride, padding=pads, dilation=dilation).outputs[0]


def slide(
    where: str, space: Sequence[int], *, kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes
) -> Sliding:
    """Spell out, for axes of these sizes, how the window slides; `where` names the layer in an error.

    Raises ShapeError if the window is longer than a padded axis, TypeError or ValueError for sizes or a padding that
    make no sense.

    >>> slide("pool", (5,), kernel=3, stride=2, padding="SAME", dilation=1).padding
    ((1, 1),)
    """
    kernel = _for_each_axis(where, "kernel", kernel, len(space))
    stride = _for_each_axis(where, "stride", stride, len(space))
    dilation = _for_each_axis(where, "dilation", dilation, len(space))
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    if padding == "SAME":
        whole = [max((math.ceil(n / s) - 1) * s + r - n, 0) for n, s, r in zip(space, stride, reach, strict=True)]
        pads = tuple((both // 2, both - both // 2) for both in whole)
    else:
        pads = ((0, 0),) * len(space) if padding == "VALID" else require_pairs(where, padding, len(space))
    padded = [n + sum(pad) for n, pad in zip(space, pads, strict=True)]
    if any(n < r for n, r in zip(padded, reach, strict=True)):
        raise ShapeError(
            where,
            got=f"a window that reaches over {tuple(reach)} on axes of {tuple(padded)}, padding included",
            want="a window that fits in",
            hint='pad by padding="SAME", or take a smaller kernel or dilation',
        )
    outputs = tuple((n - r) // s + 1 for n, r, s in zip(padded, reach, stride, strict=True))
    return Sliding(kernel, stride, pads, dilation, outputs)


def slide_back(
    where: str, space: Sequence[int], *, kernel: Sequence[int], stride: Sizes, padding: Padding, dilation: Sizes
) -> Sliding:
    """Spell out how the window slides that undoes another: from `outputs`, a window with these settings gives `space`.

    "SAME" gives stride · n numbers. "VALID" and pairs give stride · (n − 1) + dilation · (kernel − 1) + 1 of them, less
    the pairs, which are cut away.
    Raises ShapeError if the pairs cut everything away, TypeError or ValueError for sizes or a padding that make no sense.
    Source: Dumoulin and Visin (2016), section 4.

    >>> slide_back("conv", (3,), kernel=(5,), stride=2, padding="VALID", dilation=1).outputs
    (9,)
    """
    # Checks the numbers, and gives each axis its own.
    each = slide(where, space, kernel=1, stride=stride, padding="VALID", dilation=dilation)
    pads, outputs = [], []
    for n, k, s, d in zip(space, kernel, each.stride, each.dilation, strict=True):
        stamped = s * (n - 1) + d * (k - 1) + 1
        excess = max(stamped - s * n, 0) if padding == "SAME" else 0
        pads.append((excess // 2, excess - excess // 2))
        outputs.append(s * n if padding == "SAME" else stamped)
    if padding not in ("SAME", "VALID"):
        pads = list(require_pairs(where, padding, len(space)))
        outputs = [size - sum(pair) for size, pair in zip(outputs, pads, strict=True)]
    if min(outputs) < 1:
        raise ShapeError(where, got=f"padding={padding} that leaves {tuple(outputs)} numbers", want="at least one")
    return Sliding(tuple(kernel), each.stride, tuple(pads), each.dilation, tuple(outputs))


def taps(x: Float[Array, "*space channels"], sliding: Sliding, *, fill: float) -> list[Float[Array, "*stops channels"]]:
    """Give, for each cell of the window in turn, what it sees at every stop; `fill` stands where the padding is.

    >>> [tap.tolist() for tap in taps(jnp.arange(4.0)[:, None], slide("pool", (4,), kernel=2, stride=2,
    ...     padding="VALID", dilation=1), fill=0.0)]
    [[[0.0], [2.0]], [[1.0], [3.0]]]
    """
    if any(sum(pad) for pad in sliding.padding):
        x = jnp.pad(x, (*sliding.padding, (0, 0)), constant_values=fill)
    channels = x.shape[-1]

    def tap(cell: tuple[int, ...]) -> Array:
        starts = [at * d for at, d in zip(cell, sliding.dilation, strict=True)]
        stops = [start + (n - 1) * s + 1 for start, n, s in zip(starts, sliding.outputs, sliding.stride, strict=True)]
        return lax.slice(x, (*starts, 0), (*stops, channels), (*sliding.stride, 1))

    return [tap(cell) for cell in product(*map(range, sliding.kernel))]


def require_pairs(where: str, padding: Sequence[tuple[int, int]], axes: int) -> tuple[tuple[int, int], ...]:
    """Check that there is a pair (before, after) of whole numbers from 0 for each axis, or say what came instead.

    >>> require_pairs("conv", [(1, 1)], axes=2)
    Traceback (most recent call last):
        ...
    ValueError: conv: got padding=[(1, 1)]; wants "SAME", "VALID", or 2 pairs (before, after), whole and not negative
    """
    fits = not isinstance(padding, str) and isinstance(padding, Sequence) and len(padding) == axes
    fits = fits and all(isinstance(pair, Sequence) and len(pair) == 2 for pair in padding)
    if not fits or not all(isinstance(n, Integral) and n >= 0 for pair in padding for n in pair):
        pairs = "a pair" if axes == 1 else f"{axes} pairs"
        raise ValueError(
            f'{where}: got padding={padding!r}; wants "SAME", "VALID", or {pairs} (before, after), whole and not negative'
        )
    return tuple((before, after) for before, after in padding)


def _for_each_axis(where: str, name: str, sizes: Sizes, axes: int) -> tuple[int, ...]:
    if isinstance(sizes, Sequence):
        if len(sizes) != axes:
            raise ValueError(f"{where}: got {name}={tuple(sizes)}; wants one number, or one for each of {axes} axes")
        for axis, size in enumerate(sizes):
            require_sizes(where, **{f"{name}[{axis}]": size})
        return tuple(sizes)
    require_sizes(where, **{name: sizes})
    return (sizes,) * axes
