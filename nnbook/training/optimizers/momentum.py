"""Plain and rolling descent: SGD, the heavy ball and Nesterov's look ahead."""

import jax
from jaxtyping import PyTree

from nnbook.pytree import params
from nnbook.training.optimizers.rules import Rate, descend, require_alike, require_share, zeros


@params
class Momentum:
    """The velocity: past gradients, added up with weights that shrink by `momentum` at each step."""

    velocity: PyTree


def sgd_update(gradients: PyTree, params: PyTree, *, learning_rate: Rate) -> PyTree:
    """Take one step downhill: θ ← θ − η g. There is no state.

    Raises ShapeError if the gradients are not those of the params.
    Source: Robbins and Monro (1951); Rumelhart, Hinton and Williams (1986), eq. (8). In optax: `sgd`.

    >>> sgd_update(jax.numpy.array([2.0]), jax.numpy.array([1.0]), learning_rate=0.25).tolist()
    [0.5]
    """
    require_alike("sgd_update", gradients, params)
    return descend(params, gradients, learning_rate)


def momentum_init(params: PyTree) -> Momentum:
    """Start at rest, for `heavy_ball_update` and `nesterov_update`.

    >>> momentum_init(jax.numpy.array([1.0])).velocity.tolist()
    [0.0]
    """
    return Momentum(velocity=zeros(params))


def heavy_ball_update(
    gradients: PyTree, state: Momentum, params: PyTree, *, learning_rate: Rate, momentum: float = 0.9
) -> tuple[PyTree, Momentum]:
    """Roll like a heavy ball: u ← μ u + g, then θ ← θ − η u.

    Under a steady gradient steps grow to η g / (1 − μ). The papers write η into the velocity, v = −η u: the same path
    as long as η stays what it is; where it changes, here it acts at once on all past gradients.
    Raises ShapeError if the gradients are not those of the params, ValueError unless 0 ≤ momentum < 1.
    Source: Polyak (1964); Sutskever et al. (2013), eq. (1) and (2). In optax: `sgd(momentum=…)`.

    >>> params, state = heavy_ball_update(jax.numpy.array([2.0]), Momentum(jax.numpy.array([1.0])), jax.numpy.array([1.0]),
    ...                                   learning_rate=0.25, momentum=0.5)
    >>> params.tolist(), state.velocity.tolist()
    ([0.375], [2.5])
    """
    velocity = _accelerate("heavy_ball_update", gradients, state, params, momentum)
    return descend(params, velocity, learning_rate), Momentum(velocity)


def nesterov_update(
    gradients: PyTree, state: Momentum, params: PyTree, *, learning_rate: Rate, momentum: float = 0.9
) -> tuple[PyTree, Momentum]:
    """Look ahead, then roll: u ← μ u + g, then θ ← θ − η (g + μ u).

    The paper takes the gradient at θ + μ v, where the velocity will have carried it. Here the params are that point,
    so that the gradient is theirs as with every optimiser; what the paper calls θ is then θ + η μ u.
    Raises ShapeError if the gradients are not those of the params, ValueError unless 0 ≤ momentum < 1.
    Source: Nesterov (1983); Sutskever et al. (2013), eq. (3) and (4). In optax: `sgd(momentum=…, nesterov=True)`.

    >>> params, state = nesterov_update(jax.numpy.array([2.0]), Momentum(jax.numpy.array([1.0])), jax.numpy.array([1.0]),
    ...                                 learning_rate=0.25, momentum=0.5)
    >>> params.tolist(), state.velocity.tolist()
    ([0.1875], [2.5])
    """
    velocity = _accelerate("nesterov_update", gradients, state, params, momentum)
    ahead = jax.tree.map(lambda g, u: g + momentum * u, gradients, velocity)
    return descend(params, ahead, learning_rate), Momentum(velocity)


def _accelerate(where: str, gradients: PyTree, state: Momentum, params: PyTree, momentum: float) -> PyTree:
    require_alike(where, gradients, params)
    require_share(where, momentum=momentum)
    return jax.tree.map(lambda u, g: momentum * u + g, state.velocity, gradients)
