"""A params record is a pytree under its own names, frozen, and added to nothing."""

import dataclasses

import jax
import jax.numpy as jnp
import optax
import pytest

from nnbook.pytree import params


@params
class Line:
    slope: jax.Array
    offset: jax.Array


@params
class Pair:
    lines: tuple[Line, ...]


def line():
    return Line(slope=jnp.array(2.0), offset=jnp.array(1.0))


def test_leaves_have_the_fields_names():
    pair = Pair(lines=(line(), line()))
    names = [jax.tree_util.keystr(path) for path, _ in jax.tree.leaves_with_path(pair)]
    assert names == [".lines[0].slope", ".lines[0].offset", ".lines[1].slope", ".lines[1].offset"]


def test_flattening_and_back():
    leaves, form = jax.tree.flatten(line())
    assert [float(leaf) for leaf in leaves] == [2, 1]
    again = jax.tree.unflatten(form, leaves)
    assert isinstance(again, Line)
    assert (again.slope, again.offset) == (2, 1)


def test_gradient_is_a_record():
    gradient = jax.grad(lambda p, x: p.slope * x + p.offset)(line(), 3.0)
    assert isinstance(gradient, Line)
    assert (gradient.slope, gradient.offset) == (3, 1)


def test_optax_takes_it():
    optimizer = optax.sgd(0.5)
    updates, _ = optimizer.update(line(), optimizer.init(line()), line())
    assert optax.apply_updates(line(), updates).slope == 1


def test_mapped_and_abstract():
    lines = jax.vmap(lambda s: Line(slope=s, offset=2 * s))(jnp.arange(3.0))
    assert lines.offset.tolist() == [0, 2, 4]
    assert jax.eval_shape(lambda: line()).slope.shape == ()


def test_scan_carries_it():
    final, _ = jax.lax.scan(lambda p, _: (Line(p.slope * 2, p.offset), None), line(), length=3)
    assert final.slope == 16


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        line().slope = 3


def test_records_are_not_added_by_accident():
    with pytest.raises(TypeError):
        line() + line()
    with pytest.raises(TypeError):
        tuple(line())
