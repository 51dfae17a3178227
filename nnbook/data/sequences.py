"""Sequences that ask for memory: what counts stands far back, and how far is an argument."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import require_key, require_sizes
from nnbook.pytree import params


@params
class Sequences:
    """Examples of equal length and what is asked at their end: row i of `inputs` has the answer `targets[i]`.

    A pytree like every record here, so it can be sliced, mapped over and passed to `fit` as it is.
    """

    inputs: Float[Array, "examples time features"]
    targets: Float[Array, "examples"] | Int[Array, "examples"]


def adding(key: Key[Array, ""], *, examples: int = 400, length: int = 60) -> Sequences:
    """Draw the adding problem: find the two marked numbers of a sequence, and add them.

    Inputs of shape (examples, length, 2): first a number between 0 and 1, evenly drawn, then its mark, 1 at one place in
    each half of the sequence and 0 elsewhere. Targets of shape (examples,), the sum of the two marked numbers.
    Who always says 1, the mean, has a mean squared error of 1/6: the variance of the sum.
    Raises TypeError for a key that is not one, ValueError for no examples or a length below 2.
    Source: Hochreiter and Schmidhuber (1997), experiment 4; in the form of Arjovsky, Shah and Bengio (2016).

    >>> data = adding(jax.random.key(0), examples=3, length=10)
    >>> data.inputs[:, :, 1].sum(axis=1).tolist()
    [2.0, 2.0, 2.0]
    """
    require_key("adding", key)
    require_sizes("adding", examples=examples, length=length)
    if length < 2:
        raise ValueError(f"adding: got length={length}; wants at least 2, one number in each half")
    of_numbers, of_first, of_second = jax.random.split(key, 3)
    numbers = jax.random.uniform(of_numbers, (examples, length))
    first = jax.random.randint(of_first, (examples,), 0, length // 2)
    second = jax.random.randint(of_second, (examples,), length // 2, length)
    marks = jax.nn.one_hot(first, length) + jax.nn.one_hot(second, length)
    return Sequences(inputs=jnp.stack([numbers, marks], axis=2), targets=(numbers * marks).sum(axis=1))


def recall(key: Key[Array, ""], *, examples: int = 400, lag: int = 20, symbols: int = 8) -> Sequences:
    """Draw the recall task: name the first symbol after `lag` others that mean nothing.

    Inputs of shape (examples, lag + 1, symbols), one-hot; targets of shape (examples,), the number of the first symbol.
    All symbols are equally likely at every step, so that who remembers nothing has a cross-entropy of log(symbols).
    Raises TypeError for a key that is not one, ValueError for no examples, a lag below 1 or fewer than 2 symbols.
    Source: after Hochreiter and Schmidhuber (1997), experiment 2, there with the same symbols in between; generated here.

    >>> data = recall(jax.random.key(0), examples=2, lag=3, symbols=4)
    >>> (data.inputs[:, 0].argmax(axis=1) == data.targets).tolist()
    [True, True]
    """
    require_key("recall", key)
    require_sizes("recall", examples=examples, lag=lag, symbols=symbols)
    if symbols < 2:
        raise ValueError(f"recall: got symbols={symbols}; wants at least 2, or there is nothing to remember")
    shown = jax.random.randint(key, (examples, lag + 1), 0, symbols)
    return Sequences(inputs=jax.nn.one_hot(shown, symbols), targets=shown[:, 0])
