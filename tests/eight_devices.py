"""What is to be checked on eight devices, as a program: JAX makes them when it starts, and only then.

It prints, as JSON, for each check the largest difference from one device, or a fact. `test_parallel.py` judges them.
"""

import json

import jax
import jax.numpy as jnp
import optax

from nnbook import parallel
from nnbook.layers import grouped_query, linear, multi_head
from nnbook.layers.attention import attend
from nnbook.layers.masks import causal_mask, sliding_window_mask
from nnbook.layers.position_rules import causal, sliding_window
from nnbook.models import mlp
from nnbook.training.loop import fit
from nnbook.training.losses import mse

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

found = {"devices": jax.device_count()}
ONE = jax.devices()[0]


def difference(got, want):
    """The largest one, over all arrays, computed on one device."""
    pairs = zip(*(jax.tree.leaves(jax.device_put(jax.device_get(tree), ONE)) for tree in (got, want)), strict=True)
    return max(float(jnp.abs(a - b).max()) for a, b in pairs)


def keys(n):
    return jax.random.split(jax.random.key(7), n)


def exchanged(function, *arguments):
    """The names of the exchanges between devices in the compiled program."""
    text = jax.jit(function).lower(*arguments).compile().as_text()
    return [name for name in ("all-reduce", "all-gather", "all-to-all", "collective-permute") if f"{name}(" in text]


def predict(params, x):
    return jax.vmap(mlp.apply, in_axes=(None, 0))(params, x)


def loss(params, batch):
    return mse(predict(params, batch["x"]), batch["y"])


grid, devices = parallel.mesh(data=2, model=4), parallel.mesh(data=8)
found["the grid"] = dict(grid.shape)
params = mlp.init(keys(1)[0], sizes=(6, 16, 16, 16, 4))
batch = {"x": jax.random.normal(keys(2)[0], (16, 6)), "y": jax.random.normal(keys(2)[1], (16, 4))}
step = jax.jit(jax.value_and_grad(loss))
alone = step(params, batch)

# Data parallel: copies of the params, parts of the batch.
shards = parallel.shard_batch(devices, batch)
copies = parallel.replicate(devices, params)
found["rows on a device"] = [shard.data.shape[0] for shard in shards["x"].addressable_shards]
found["copies are whole"] = all(leaf.sharding.is_fully_replicated for leaf in jax.tree.leaves(copies))
found["data parallel"] = difference(step(copies, shards), alone)
found["data parallel exchange"] = exchanged(jax.value_and_grad(loss), copies, shards)
trained = fit(loss, params, batch, optimizer=optax.adam(0.01), steps=20, chunk=20)
trained_together = fit(loss, copies, shards, optimizer=optax.adam(0.01), steps=20, chunk=20)
found["training"] = difference(trained_together, trained)
found["training moved"] = difference(trained.params, params)

# Tensor parallel: parts of the params, with and without parts of the batch.
parts = parallel.split_mlp(grid, params)
found["weights on a device"] = [layer.w.addressable_shards[0].data.shape for layer in parts.layers]
found["tensor parallel"] = difference(step(parts, parallel.replicate(grid, batch)), alone)
found["both"] = difference(step(parts, parallel.shard_batch(grid, batch)), alone)
two = parallel.split_mlp(grid, mlp.init(keys(1)[0], sizes=(6, 16, 4)))
found["two layers exchange"] = exchanged(predict, two, parallel.replicate(grid, batch["x"]))
layer = linear.init(keys(1)[0], inputs=8, outputs=12)
x = jax.random.normal(keys(1)[0], (8,))
for split in (parallel.split_outputs, parallel.split_inputs):
    got = jax.jit(linear.apply)(split(grid, layer), parallel.replicate(grid, x))
    found[split.__name__] = difference(got, linear.apply(layer, x))

# Heads.
tokens = jax.random.normal(keys(1)[0], (5, 16))
for name, room, sizes in (("multi-head", multi_head, {}), ("grouped-query", grouped_query, {"kv_heads": 4})):
    attention = room.init(keys(1)[0], d_model=16, heads=8, **sizes)
    split = parallel.split_heads(grid, attention)
    slope = jax.jit(jax.value_and_grad(lambda params, x, room=room: (room.apply(params, x, causal_mask(5)) ** 2).sum()))
    found[f"{name} heads"] = difference(slope(split, parallel.replicate(grid, tokens)), slope(attention, tokens))
    found[f"{name} heads on a device"] = split.w_k.addressable_shards[0].data.shape[0]


def with_gradients(attention):
    def loss(q, k, v):
        y = attention(q, k, v)
        return jnp.sin(y).sum(), y

    return jax.jit(jax.value_and_grad(loss, (0, 1, 2), has_aux=True))


qkv = [jax.random.normal(key, (4, n, 8)) for key, n in zip(keys(3), (16, 24, 24), strict=True)]
earlier = causal_mask(16, 24)
got = with_gradients(lambda q, k, v: parallel.attend_over_heads(grid, q, k, v, earlier))(*qkv)
found["attention over heads"] = difference(got, with_gradients(lambda q, k, v: attend(q, k, v, earlier))(*qkv))

ring = parallel.mesh(sequence=8)
for name, rule, mask in (
    ("causal", causal, earlier),
    ("window", sliding_window(5), sliding_window_mask(16, 5, 24)),
):
    got = with_gradients(lambda q, k, v, rule=rule: parallel.attend_over_sequence(ring, q, k, v, rule))(*qkv)
    want = with_gradients(lambda q, k, v, mask=mask: attend(q, k, v, mask))(*qkv)
    found[f"attention over the sequence, {name}"] = difference(got, want)
found["ring exchange"] = exchanged(lambda *qkv: parallel.attend_over_sequence(ring, *qkv), *qkv)

batches = [jnp.stack([part, part[::-1], -part]) for part in qkv]
want = with_gradients(attend)(*batches)
for name, attention in (
    ("heads", lambda *qkv: parallel.attend_over_heads(grid, *qkv)),
    ("the sequence", lambda *qkv: parallel.attend_over_sequence(ring, *qkv)),
):
    found[f"attention over {name}, a batch"] = difference(with_gradients(jax.vmap(attention))(*batches), want)

print(json.dumps(found))
