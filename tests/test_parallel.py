"""Many devices, and two processes, come to what one device comes to.

JAX has one device here and its number is fixed when it starts, so eight virtual ones live in a process of their own
(`eight_devices.py`), and two processes with one each in two more (`two_processes.py`).
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError, parallel
from nnbook.layers import linear, multi_head
from nnbook.layers.attention import attend
from nnbook.layers.masks import causal_mask
from nnbook.layers.position_rules import causal
from nnbook.models import mlp

TESTS = Path(__file__).parent
SECONDS = 600  # a bound, for a machine that is busy; on a quiet one it takes less than half a minute
TOLERANCE = 2e-5


def outcomes(program: str, *arguments: list[str], flags: str = "") -> list[dict]:
    """Run a program once for each list of arguments, all at the same time, and return what their last lines say.

    None of them outlives this function. The first that fails fails the test, with what it wrote.
    """
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent), "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags}
    running = [
        subprocess.Popen(
            [sys.executable, TESTS / program, *own],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for own in arguments
    ]
    try:
        said = [process.communicate(timeout=SECONDS) for process in running]
    except subprocess.TimeoutExpired:
        pytest.fail(f"{program} took longer than {SECONDS} s")
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.communicate()
    for process, (_, errors) in zip(running, said, strict=True):
        if process.returncode:
            pytest.fail(f"{program} ended with {process.returncode}:\n{errors[-4000:]}")
    return [json.loads(lines.strip().splitlines()[-1]) for lines, _ in said]


@pytest.fixture(scope="module")
def eight():
    return outcomes("eight_devices.py", [], flags="--xla_force_host_platform_device_count=8")[0]


@pytest.mark.parametrize(
    "check",
    [
        "data parallel",
        "training",
        "tensor parallel",
        "both",
        "split_outputs",
        "split_inputs",
        "multi-head heads",
        "grouped-query heads",
        "attention over heads",
        "attention over heads, a batch",
        "attention over the sequence, a batch",
        "attention over the sequence, causal",
        "attention over the sequence, window",
    ],
)
def test_eight_devices_compute_what_one_does(eight, check):
    assert eight["devices"] == 8
    assert eight[check] <= TOLERANCE


def test_arrays_lie_where_they_should(eight):
    assert eight["the grid"] == {"data": 2, "model": 4}
    assert eight["rows on a device"] == [2] * 8
    assert eight["copies are whole"]
    assert eight["weights on a device"] == [[4, 6], [16, 4], [4, 16], [4, 4]]
    assert eight["multi-head heads on a device"] == 2
    assert eight["grouped-query heads on a device"] == 1
    assert eight["training moved"] > 0.1


def test_no_more_is_exchanged_than_has_to_be(eight):
    assert eight["data parallel exchange"] == ["all-reduce"]
    assert eight["two layers exchange"] == ["all-reduce"]
    assert eight["ring exchange"] == ["collective-permute"]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_two_processes_train_to_the_loss_of_one():
    address = f"127.0.0.1:{free_port()}"
    one, *two = outcomes("two_processes.py", ["", "1", "0"], [address, "2", "0"], [address, "2", "1"])
    assert (one["processes"], one["devices"], one["rows here"]) == (1, 1, 32)
    for outcome in two:
        assert (outcome["processes"], outcome["devices"], outcome["rows here"]) == (2, 2, 16)
        np.testing.assert_allclose(outcome["losses"], one["losses"], rtol=1e-4)
        np.testing.assert_allclose(outcome["sums"], one["sums"], rtol=1e-4)
    assert one["losses"][-1] < 0.05 * one["losses"][0], "it learned"


class TestOnOneDevice:
    """The same calls, where there is but one: a program need not know."""

    def test_a_batch_and_copies(self, key):
        grid = parallel.mesh(data=1)
        batch = {"x": jnp.ones((4, 2)), "y": jnp.zeros(4)}
        assert parallel.shard_batch(grid, batch)["y"].sharding.spec == jax.sharding.PartitionSpec("data")
        params = mlp.init(key, sizes=(2, 4, 1))
        copies = parallel.replicate(grid, params)
        jax.tree.map(np.testing.assert_array_equal, copies, params)

    def test_layers_and_heads(self, key):
        grid = parallel.mesh(model=1)
        params, x = mlp.init(key, sizes=(2, 4, 1)), jnp.ones(2)
        np.testing.assert_array_equal(mlp.apply(parallel.split_mlp(grid, params), x), mlp.apply(params, x))
        heads = multi_head.init(key, d_model=4, heads=2)
        jax.tree.map(np.testing.assert_array_equal, parallel.split_heads(grid, heads), heads)

    def test_attention(self, key):
        q, k, v = jax.random.normal(key, (3, 2, 5, 4))
        want = attend(q, k, v, causal_mask(5))
        got = parallel.attend_over_heads(parallel.mesh(model=1), q, k, v, causal_mask(5))
        np.testing.assert_allclose(got, want, atol=1e-6)
        got = parallel.attend_over_sequence(parallel.mesh(sequence=1), q, k, v, causal)
        np.testing.assert_allclose(got, want, atol=1e-6)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize(
        ("axes", "error", "message"),
        [
            ({"data": 4, "model": 2}, ValueError, r"mesh: got data=4, model=2; wants .* there are 1.*device_count=8"),
            ({}, ValueError, "mesh: got no axes"),
            ({"data": 0}, ValueError, "mesh: got data=0"),
            ({"data": 1.0}, TypeError, r"mesh: got data=1\.0 of type float"),
        ],
    )
    def test_mesh(self, axes, error, message):
        with pytest.raises(error, match=message):
            parallel.mesh(**axes)

    def test_an_axis_that_is_not_there(self, key):
        grid = parallel.mesh(data=1)
        layer, rows = linear.init(key, inputs=2, outputs=2), jnp.ones((2, 3, 4))
        for function in (
            lambda: parallel.shard_batch(grid, rows, axis="model"),
            lambda: parallel.split_outputs(grid, layer),
            lambda: parallel.split_inputs(grid, layer),
            lambda: parallel.split_heads(grid, multi_head.init(key, d_model=4, heads=2)),
            lambda: parallel.attend_over_heads(grid, rows, rows, rows),
            lambda: parallel.attend_over_sequence(grid, rows, rows, rows),
        ):
            with pytest.raises(ValueError, match=r"wants an axis of the mesh, one of \('data',\)"):
                function()

    def test_what_does_not_divide(self):
        three = jax.sharding.AbstractMesh((3,), ("data",))  # needs no devices
        with pytest.raises(
            ShapeError, match=r"shard_batch: got batch\['x'\] rows = 4; wants a multiple of 3, the data"
        ):
            parallel.shard_batch(three, {"x": jnp.ones((4, 2))})
        with pytest.raises(ShapeError, match="rows = 0"):
            parallel.shard_batch(three, jnp.ones(()))

    def test_attention_shapes_are_those_of_attention(self):
        grid = parallel.mesh(sequence=1)
        with pytest.raises(ShapeError, match="the same last axis, d_k"):
            parallel.attend_over_sequence(grid, jnp.ones((2, 3, 4)), jnp.ones((2, 3, 5)), jnp.ones((2, 3, 5)))

    @pytest.mark.parametrize("axis", ["model", "sequence"])
    def test_attention_has_one_axis_of_heads(self, axis):
        grid = jax.sharding.AbstractMesh((2,), (axis,))  # needs no devices
        attention = {"model": parallel.attend_over_heads, "sequence": parallel.attend_over_sequence}[axis]
        q, batch = jnp.ones((4, 6, 3)), jnp.ones((2, 4, 6, 3))
        for qkv, name in (([batch, q, q], "q"), ([q, batch, q], "k"), ([q, q, batch], "v")):
            with pytest.raises(
                ShapeError,
                match=rf"^attend_over_.*: got {name} of shape \(2, 4, 6, 3\); wants shape \(heads, .*jax\.vmap",
            ):
                attention(grid, *qkv)
        with pytest.raises(ShapeError, match=r"got q of shape \(6, 3\); .*Hint: q\[None\] gives it one head"):
            attention(grid, q[0], q[0], q[0])


class TestInitialize:
    @pytest.fixture
    def joined(self, monkeypatch):
        """Record the call in place of making it: this process goes on alone."""
        calls = []
        monkeypatch.setattr(jax.distributed, "initialize", lambda *a, **named: calls.append((a, named)))
        return calls

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"address": "localhost"}, "got address='localhost'; wants host:port"),
            ({"address": "localhost:http"}, "got address='localhost:http'; wants host:port of process 0"),
            ({"address": ":1234"}, "got address=':1234'; wants host:port"),
            ({"process": 2}, "got process=2 of 2; wants a number from 0 to 1"),
            ({"process": -1}, "got process=-1 of 2"),
            ({"processes": 0}, "got processes=0; wants at least 1"),
            ({"timeout": 0}, "got timeout=0; wants at least 1"),
        ],
    )
    def test_arguments_that_make_no_sense(self, joined, arguments, message):
        right = {"address": "localhost:1234", "processes": 2, "process": 0}
        with pytest.raises(ValueError, match=f"^initialize: {message}"):
            parallel.initialize(**right | arguments)
        assert not joined

    def test_what_is_handed_on(self, joined):
        parallel.initialize("localhost:1234", processes=2, process=1, timeout=5)
        assert joined == [(("localhost:1234", 2, 1), {"initialization_timeout": 5})]

    def test_too_late(self):
        jnp.zeros(1).block_until_ready()  # JAX has started
        with pytest.raises(
            RuntimeError, match=r"process 0 of 2 could not join at localhost:1234.*before anything else"
        ):
            parallel.initialize("localhost:1234", processes=2, process=0)

    def test_twice(self, joined, monkeypatch):
        monkeypatch.setattr(jax.distributed, "is_initialized", lambda: True)
        with pytest.raises(RuntimeError, match="joined already"):
            parallel.initialize("localhost:1234", processes=2, process=0)
        assert not joined
