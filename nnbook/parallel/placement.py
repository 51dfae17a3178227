"""Where arrays lie: whole on every device, or in parts."""

import math
from typing import TypeVar

import jax
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from jaxtyping import PyTree

from nnbook.errors import ShapeError, require_sizes
from nnbook.layers.grouped_query import GroupedQueryAttention
from nnbook.layers.linear import Linear
from nnbook.layers.multi_head import MultiHeadAttention
from nnbook.models.mlp import MLP

Heads = TypeVar("Heads", MultiHeadAttention, GroupedQueryAttention)


def mesh(**axes: int) -> Mesh:
    """Arrange devices in a grid whose axes have these names and sizes, as in `mesh(data=4, model=2)`.

    Raises ValueError without an axis, for a size below 1 or for more places than there are devices, TypeError for a
    size that is not an int.

    >>> mesh(data=1).shape["data"]
    1
    """
    require_sizes("mesh", **axes)
    wanted, found = math.prod(axes.values()), jax.device_count()
    if not axes or wanted > found:
        got = ", ".join(f"{name}={size}" for name, size in axes.items()) or "no axes"
        raise ValueError(
            f"mesh: got {got}; wants at least one axis, and a device for each place: there are {found}. "
            "Hint: XLA_FLAGS=--xla_force_host_platform_device_count=8, set before JAX starts, makes eight of a processor"
        )
    return jax.make_mesh(tuple(axes.values()), tuple(axes), axis_types=(AxisType.Auto,) * len(axes))


def replicate(mesh: Mesh, tree: PyTree) -> PyTree:
    """Put a whole copy of every array on every device, as data parallelism wants its params.

    >>> import jax.numpy as jnp
    >>> replicate(mesh(data=1), jnp.ones(3)).sharding.is_fully_replicated
    True
    """
    return jax.device_put(tree, NamedSharding(mesh, P()))


def shard_batch(mesh: Mesh, batch: PyTree, axis: str = "data") -> PyTree:
    """Deal out the rows of a batch over one axis of the mesh: data parallelism, together with `replicate`.

    A loss that is a mean over the rows, and its gradient, then come out as on one device, each device having worked on
    its rows. With several processes each hands in the whole batch, and keeps its part.
    Raises ShapeError if the rows do not divide evenly, ValueError for an axis that the mesh does not have.

    >>> import jax.numpy as jnp
    >>> shard_batch(mesh(data=1), {"x": jnp.ones((4, 2))})["x"].shape
    (4, 2)
    """
    for path, leaf in jax.tree.leaves_with_path(batch):
        rows = leaf.shape[0] if leaf.ndim else 0
        require_even("shard_batch", mesh, axis, **{f"batch{jax.tree_util.keystr(path)} rows": rows})
    return jax.device_put(batch, NamedSharding(mesh, P(axis)))


def split_outputs(mesh: Mesh, layer: Linear, axis: str = "model") -> Linear:
    """Give each device some of a layer's outputs ("column parallel"): it needs all of x, and makes a part of z.

    Raises ShapeError if the outputs do not divide evenly, ValueError for an axis that the mesh does not have.
    Source: Shoeybi et al. (2019), Megatron-LM, section 3.

    >>> import jax.numpy as jnp
    >>> split_outputs(mesh(model=1), Linear(w=jnp.ones((4, 2)), b=jnp.ones(4))).w.shape
    (4, 2)
    """
    require_even("split_outputs", mesh, axis, outputs=layer.w.shape[0])
    return jax.device_put(layer, NamedSharding(mesh, P(axis)))


def split_inputs(mesh: Mesh, layer: Linear, axis: str = "model") -> Linear:
    """Give each device some of a layer's inputs ("row parallel"): it needs a part of x, and the parts of z are added.

    Raises ShapeError if the inputs do not divide evenly, ValueError for an axis that the mesh does not have.
    Source: Shoeybi et al. (2019), Megatron-LM, section 3.

    >>> import jax.numpy as jnp
    >>> split_inputs(mesh(model=1), Linear(w=jnp.ones((4, 2)), b=jnp.ones(4))).w.shape
    (4, 2)
    """
    require_even("split_inputs", mesh, axis, inputs=layer.w.shape[1])
    return Linear(
        w=jax.device_put(layer.w, NamedSharding(mesh, P(None, axis))),
        b=jax.device_put(layer.b, NamedSharding(mesh, P())),
    )


def split_mlp(mesh: Mesh, params: MLP, axis: str = "model") -> MLP:
    """Split a multilayer perceptron over devices: layers by outputs and by inputs in turn.

    What one layer makes in parts the next takes in parts: two layers need one exchange, at the end of the second.
    Raises as `split_outputs` and `split_inputs` do. Source: Shoeybi et al. (2019), Megatron-LM, section 3.

    >>> from nnbook.models import mlp
    >>> len(split_mlp(mesh(model=1), mlp.init(jax.random.key(0), sizes=(2, 8, 1))).layers)
    2
    """
    ways = (split_outputs, split_inputs)
    return MLP(layers=tuple(ways[place % 2](mesh, layer, axis) for place, layer in enumerate(params.layers)))


def split_heads(mesh: Mesh, params: Heads, axis: str = "model") -> Heads:
    """Give each device some of the heads, of queries and of keys and values alike.

    Heads do not need each other before W^O, which adds up what they found: one exchange.
    Raises ShapeError if the heads do not divide evenly, ValueError for an axis that the mesh does not have.
    Source: Shoeybi et al. (2019), Megatron-LM, section 3.

    >>> from nnbook.layers import multi_head
    >>> split_heads(mesh(model=1), multi_head.init(jax.random.key(0), d_model=4, heads=2)).w_q.shape
    (2, 4, 2)
    """
    require_even("split_heads", mesh, axis, heads=params.w_q.shape[0])
    require_even("split_heads", mesh, axis, heads_of_keys=params.w_k.shape[0])
    return jax.device_put(params, NamedSharding(mesh, P(axis)))


def require_even(where: str, mesh: Mesh, axis: str, **sizes: int) -> None:
    """Check that every size divides evenly over an axis of the mesh.

    Raises ShapeError if one does not, ValueError for an axis that the mesh does not have.

    >>> require_even("attention", mesh(data=1), "model", heads=4)
    Traceback (most recent call last):
        ...
    ValueError: attention: got axis='model'; wants an axis of the mesh, one of ('data',)
    """
    if axis not in mesh.shape:
        raise ValueError(f"{where}: got axis={axis!r}; wants an axis of the mesh, one of {tuple(mesh.shape)}")
    for name, size in sizes.items():
        if size == 0 or size % mesh.shape[axis]:
            raise ShapeError(
                where, got=f"{name} = {size}", want=f"a multiple of {mesh.shape[axis]}, the {axis} devices"
            )
