"""What all optimisers share: the step, the moving mean, and what they refuse."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from nnbook.errors import ShapeError

Rate = Float[Array, ""] | float


def descend(params: PyTree, steps: PyTree, learning_rate: Rate) -> PyTree:
    """Step against `steps`: θ ← θ − η s, leaf by leaf.

    >>> float(descend(jnp.array(1.0), steps=jnp.array(4.0), learning_rate=0.25))
    0.0
    """
    # A rate from a schedule is a float32, which strict promotion keeps apart from other dtypes.
    return jax.tree.map(lambda p, s: p - jnp.asarray(learning_rate, s.dtype) * s, params, steps)


def moving_mean(mean: PyTree, new: PyTree, beta: float) -> PyTree:
    """Move the mean a little towards what is new: m ← β m + (1 − β) g, leaf by leaf.

    >>> float(moving_mean(jnp.array(1.0), new=jnp.array(3.0), beta=0.5))
    2.0
    """
    return jax.tree.map(lambda m, g: beta * m + (1 - beta) * g, mean, new)


def zeros(params: PyTree) -> PyTree:
    """Make a tree of zeros, of the same shapes and dtypes.

    >>> zeros({"w": jnp.ones(2)})["w"].tolist()
    [0.0, 0.0]
    """
    return jax.tree.map(jnp.zeros_like, params)


def require_alike(where: str, gradients: PyTree, params: PyTree) -> None:
    """Check that there is one gradient for each array of the params, of its shape.

    Raises ShapeError, which names the first that differs.

    >>> require_alike("sgd_update", {"w": jnp.ones(2)}, {"w": jnp.ones(3)})
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: sgd_update: got gradients['w'] of shape (2,); wants the shape of params['w'], (3,).
    """
    got, want = (
        {jax.tree_util.keystr(path): jnp.shape(leaf) for path, leaf in jax.tree.leaves_with_path(tree)}
        for tree in (gradients, params)
    )
    for name in sorted(got.keys() ^ want.keys()):
        there, missing = ("gradients", "params") if name in got else ("params", "gradients")
        raise ShapeError(where, got=f"{there}{name} but no {missing}{name}", want="one gradient for each of the params")
    for name, shape in want.items():
        if got[name] != shape:
            raise ShapeError(
                where, got=f"gradients{name} of shape {got[name]}", want=f"the shape of params{name}, {shape}"
            )


def require_share(where: str, **shares: float) -> None:
    """Check that what is kept of the past is a share: 0 ≤ β < 1.

    Raises ValueError otherwise.

    >>> require_share("adam_update", beta1=1.0)
    Traceback (most recent call last):
        ...
    ValueError: adam_update: got beta1=1.0; wants 0 ≤ beta1 < 1, the share of the past that is kept
    """
    for name, share in shares.items():
        if not 0 <= share < 1:
            raise ValueError(f"{where}: got {name}={share}; wants 0 ≤ {name} < 1, the share of the past that is kept")
