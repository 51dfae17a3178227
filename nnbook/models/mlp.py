"""The multilayer perceptron: linear layers with an activation between each and the next."""

from collections.abc import Callable, Sequence

import jax
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_key, require_sizes
from nnbook.layers import linear
from nnbook.layers.activations import relu
from nnbook.layers.linear import Linear
from nnbook.pytree import params


@params
class MLP:
    """The layers, from the one that sees the input to the one that answers."""

    layers: tuple[Linear, ...]


@params
class Signal:
    """What one layer makes of one example: z before its activation, a after it. The last layer has a = z."""

    pre_activation: Float[Array, "outputs"]
    activation: Float[Array, "outputs"]


def init(key: Key[Array, ""], *, sizes: Sequence[int], weights: Callable[..., jax.Array] = linear.he_normal) -> MLP:
    """Draw a network whose layers have these sizes: the inputs, the hidden layers in order, the outputs.

    Raises TypeError for a key that is not one, ValueError for fewer than two sizes or one below 1.

    >>> [layer.w.shape for layer in init(jax.random.key(0), sizes=(2, 8, 1)).layers]
    [(8, 2), (1, 8)]
    """
    require_key("mlp.init", key)
    if len(sizes) < 2:
        raise ValueError(f"mlp.init: got sizes={tuple(sizes)}; wants at least two, the inputs and the outputs")
    for place, size in enumerate(sizes):
        require_sizes("mlp.init", **{f"sizes[{place}]": size})
    keys = jax.random.split(key, len(sizes) - 1)
    return MLP(
        layers=tuple(
            linear.init(key, inputs=inputs, outputs=outputs, weights=weights)
            for key, inputs, outputs in zip(keys, sizes[:-1], sizes[1:], strict=True)
        )
    )


def signals(
    params: MLP, x: Float[Array, "inputs"], activation: Callable[[jax.Array], jax.Array] = relu
) -> tuple[Signal, ...]:
    """Pass x through the layers and keep what each of them says, first layer first.

    The last layer has no activation: its outputs are predictions, or logits that the loss turns into probabilities.
    Raises ShapeError, which names the layer, if a layer does not fit what comes in.
    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, algorithm 6.3.

    >>> [signal.activation.shape for signal in signals(init(jax.random.key(0), sizes=(2, 8, 1)), jax.numpy.ones(2))]
    [(8,), (1,)]
    """
    if not params.layers:
        raise ShapeError("mlp", got="no layers", want="at least one")
    seen = []
    for place, layer in enumerate(params.layers):
        try:
            z = linear.apply(layer, x)
        except ShapeError as error:
            raise ShapeError(f"mlp, layer {place}", got=error.got, want=error.want, hint=error.hint) from error
        last = place == len(params.layers) - 1
        x = z if last else activation(z)
        seen.append(Signal(pre_activation=z, activation=x))
    return tuple(seen)


def apply(
    params: MLP, x: Float[Array, "inputs"], activation: Callable[[jax.Array], jax.Array] = relu
) -> Float[Array, "outputs"]:
    """Answer one example: f(x; θ), a linear layer last.

    Raises as `signals` does, which gives what happens on the way.
    Source: Rumelhart, Hinton and Williams (1986).

    >>> apply(init(jax.random.key(0), sizes=(2, 8, 1)), jax.numpy.ones(2)).shape
    (1,)
    """
    return signals(params, x, activation)[-1].activation
