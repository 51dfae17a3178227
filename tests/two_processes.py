"""One of several processes that train a small model together, as a program: `two_processes.py ADDRESS PROCESSES PROCESS`.

With one process it is the same training on a single device. The last line is JSON: the losses and the params' sum.
"""

import json
import sys

import jax
import numpy as np
import optax

from nnbook import parallel
from nnbook.models import mlp
from nnbook.training.loop import fit
from nnbook.training.losses import mse

address, processes, process = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if processes > 1:
    parallel.initialize(address, processes=processes, process=process, timeout=60)
together = parallel.mesh(data=jax.device_count())

random = np.random.default_rng(0)  # every process draws the same
batch = {"x": random.normal(size=(32, 3)).astype(np.float32)}
batch["y"] = np.sin(batch["x"][:, :1])


def loss(params, batch):
    return mse(jax.vmap(mlp.apply, in_axes=(None, 0))(params, batch["x"]), batch["y"])


params = mlp.init(jax.random.key(0), sizes=(3, 8, 1))
trained = fit(
    loss,
    parallel.replicate(together, params),
    parallel.shard_batch(together, batch),
    optimizer=optax.adam(0.02),
    steps=60,
    chunk=30,
)
found = {
    "processes": jax.process_count(),
    "devices": jax.device_count(),
    "rows here": sum(shard.data.shape[0] for shard in parallel.shard_batch(together, batch)["x"].addressable_shards),
    "losses": [float(value) for value in np.asarray(trained.losses)],
    "sums": [float(np.asarray(leaf).sum()) for leaf in jax.tree.leaves(trained.params)],
}
print(json.dumps(found))
