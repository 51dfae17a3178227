"""What is saved comes back to the bit; what is broken, foreign or another tree is refused by name."""

import json
import os
import pickle
import zipfile
from contextlib import suppress

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook.layers.activations import tanh
from nnbook.models import mlp
from nnbook.training import optimizers
from nnbook.training.checkpoint import CheckpointError, load, save
from nnbook.training.loop import fit, resume, start
from nnbook.training.losses import mse


def tree():
    return {
        "network": mlp.init(jax.random.key(3), sizes=(2, 3, 1)),
        "half": jnp.array([1.5, -jnp.inf, jnp.nan], jnp.bfloat16),
        "eighth": jnp.array([0.5, 2.0], jnp.float8_e4m3fn),
        "float16": jnp.array([[1.5]], jnp.float16),
        "key": jax.random.key(7),
        "keys": jax.random.split(jax.random.key(8, impl="rbg"), 3),
        "counts": (jnp.int32(3), jnp.arange(4, dtype=jnp.uint8), jnp.array(True)),
        "empty": jnp.zeros((0, 2)),
        "complex": jnp.array(1 + 2j),
        "nothing": None,
        "numbers": [1.5, 3, np.float32(2)],
    }


def bits(leaf):
    if jnp.issubdtype(jnp.result_type(leaf), jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return np.asarray(jnp.asarray(leaf)).tobytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.npz"


@pytest.mark.parametrize("like", [tree, lambda: jax.eval_shape(tree)], ids=["arrays", "shapes"])
def test_it_comes_back_to_the_bit(path, like):
    saved = tree()
    save(path, saved)
    loaded = load(path, like=like())
    assert jax.tree.structure(loaded) == jax.tree.structure(saved)
    for before, after in zip(jax.tree.leaves(saved), jax.tree.leaves(loaded), strict=True):
        before = before if hasattr(before, "dtype") else jnp.asarray(before)
        assert isinstance(after, jax.Array)
        assert (after.shape, after.dtype) == (before.shape, before.dtype)
        assert bits(after) == bits(before)
    np.testing.assert_array_equal(jax.random.normal(loaded["key"], 3), jax.random.normal(saved["key"], 3))


def test_a_single_array_is_a_tree_too(path):
    save(str(path), jnp.arange(3))
    assert load(str(path), like=jnp.zeros(3, jnp.int32)).tolist() == [0, 1, 2]


def test_numpy_opens_it_and_its_header_is_json(path):
    save(path, {"w": jnp.ones((2, 3)), "key": jax.random.key(0)})
    with np.load(path) as arrays:
        header = json.loads(arrays["header"].tobytes())
        np.testing.assert_array_equal(arrays["1"], np.ones((2, 3)))
    assert header["format"] == "nnbook checkpoint 1"
    assert header["leaves"] == [
        {"name": "tree['key']", "shape": [], "dtype": "key<fry>", "key": "threefry2x32"},
        {"name": "tree['w']", "shape": [2, 3], "dtype": "float32"},
    ]


def loss(params, batch):
    return mse(jax.vmap(lambda x: mlp.apply(params, x, tanh)[0])(batch[0]), batch[1])


@pytest.mark.parametrize("stop", [1, 10, 17])
def test_a_run_saved_and_resumed_is_the_uninterrupted_one_to_the_bit(path, key, stop):
    data = jax.random.normal(key, (20, 3)), jnp.linspace(-1.0, 1.0, 20)
    how = {"optimizer": optax.adamw(optax.cosine_decay_schedule(1e-2, 30)), "batch_size": 6}
    network = mlp.init(key, sizes=(3, 8, 1))
    whole = fit(loss, network, data, steps=30, key=key, **how)

    first, early = resume(loss, start(network, optimizer=how["optimizer"], key=key), data, steps=stop, **how)
    save(path, first)
    fresh = start(mlp.init(jax.random.key(9), sizes=(3, 8, 1)), optimizer=how["optimizer"], key=jax.random.key(9))
    second, late = resume(loss, load(path, like=fresh), data, steps=30 - stop, **how)
    np.testing.assert_array_equal(jnp.concatenate([early, late]), whole.losses)
    jax.tree.map(np.testing.assert_array_equal, second.params, whole.params)
    assert int(second.step) == 30


def test_the_states_of_our_own_optimisers_are_kept_too(path):
    state = optimizers.adam_init(jnp.ones(2))
    save(path, state)
    jax.tree.map(np.testing.assert_array_equal, load(path, like=state), state)


def test_a_failed_save_leaves_what_was_there(path, monkeypatch):
    save(path, jnp.ones(2))
    monkeypatch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(path, jnp.zeros(2))
    assert load(path, like=jnp.zeros(2)).tolist() == [1, 1]
    assert [file.name for file in path.parent.iterdir()] == ["run.npz"]


def test_a_save_replaces_what_was_there(path):
    save(path, jnp.ones(2))
    save(path, jnp.zeros(5))
    assert load(path, like=jnp.ones(5)).tolist() == [0] * 5


@pytest.mark.parametrize(
    ("like", "message"),
    [
        (
            lambda w, b: {"w": w.T, "b": b},
            r"got tree\['w'\], float32 of shape \(2, 3\); wants float32 of shape \(3, 2\)",
        ),
        (
            lambda w, b: {"w": w.astype(jnp.bfloat16), "b": b},
            r"\['w'\], float32 of .*; wants bfloat16 of shape \(2, 3\)",
        ),
        (
            lambda w, b: {"w": w.astype(int), "b": b},
            r"\['w'\], float32 of shape \(2, 3\); wants int32 of shape \(2, 3\)",
        ),
        (lambda w, b: {"w": w}, r"got tree\['b'\], float32 of shape \(2,\); wants no tree\['b'\]"),
        (lambda w, b: {"w": w, "b": b, "c": b}, r"got no tree\['c'\]; wants tree\['c'\], float32 of shape \(2,\)"),
        (lambda w, b: (w, b), r"got no tree\[0\]; wants tree\[0\], float32 of shape \(2, 3\)"),
        (
            lambda w, b: {"w": w, "b": jax.random.key(0)},
            r"\['b'\], float32 of shape \(2,\); wants key<fry> of shape \(\)",
        ),
    ],
    ids=["transposed", "bfloat16", "int", "one fewer", "one more", "another tree", "a key"],
)
def test_another_tree_is_refused_and_the_leaf_named(path, like, message):
    w, b = jnp.ones((2, 3)), jnp.ones(2)
    save(path, {"w": w, "b": b})
    with pytest.raises(CheckpointError, match=rf"^checkpoint {path}: .*{message}"):
        load(path, like=like(w, b))


def test_a_key_of_another_kind_is_refused(path):
    save(path, jax.random.key(0, impl="rbg"))
    with pytest.raises(CheckpointError, match=r"got tree, key<rbg> of shape \(\); wants key<fry>"):
        load(path, like=jax.random.key(0))


def test_a_file_cut_anywhere_is_refused(path):
    like = {"w": jnp.ones((2, 3)), "key": jax.random.key(0)}
    save(path, like)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"truncated or damaged|begins with"):
            load(path, like=like)


@settings(max_examples=80)
@given(st.data())
def test_a_damaged_file_is_refused_or_the_same(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    like = {"w": jnp.arange(6.0)}
    save(path, like)
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    with suppress(CheckpointError):  # refused, and by name
        np.testing.assert_array_equal(load(path, like=like)["w"], np.arange(6.0))


class Bomb:
    """Where a pickle is loaded, this runs."""

    def __reduce__(self):
        return pytest.fail, ("the pickle was loaded",)


def archive(path, **members):
    """Write an archive like a checkpoint's: arrays as they are, bytes raw."""
    with zipfile.ZipFile(path, "w") as file:
        for name, member in members.items():
            with file.open(f"{name}.npy", "w") as out:
                if isinstance(member, bytes):
                    out.write(member)
                else:
                    np.lib.format.write_array(out, member, allow_pickle=True)


def header(**leaf):
    leaf = {"name": "tree", "shape": [2], "dtype": "float32", **leaf}
    text = json.dumps({"format": "nnbook checkpoint 1", "leaves": [leaf]})
    return np.frombuffer(text.encode(), np.uint8)


class TestForeignFiles:
    def refused(self, path, message, like=None):
        with pytest.raises(CheckpointError, match=message):
            load(path, like=jnp.ones(2) if like is None else like)

    def test_none(self, path):
        with pytest.raises(FileNotFoundError, match=r"run\.npz"):
            load(path, like=jnp.ones(2))

    @pytest.mark.parametrize("content", [b"", b"PK", b"hello", pickle.dumps(Bomb()), b"\x93NUMPY"])
    def test_no_archive(self, path, content):
        path.write_bytes(content)
        self.refused(path, "got a file that begins with b.*; wants an .npz written by nnbook")

    def test_another_archive(self, path):
        np.savez(path, w=np.ones(2), b=np.ones(1))
        self.refused(path, "got an archive of w, b; wants an .npz written by nnbook")
        archive(path)
        self.refused(path, "begins with b'PK")

    @pytest.mark.parametrize(
        "text", [b"{", b"[]", b"{}", b"\xff", b'{"format": "nnbook checkpoint 1", "leaves": [{}]}']
    )
    def test_another_header(self, path, text):
        archive(path, header=np.frombuffer(text, np.uint8))
        self.refused(path, "got a header that is not nnbook's")

    def test_another_version(self, path):
        archive(path, header=np.frombuffer(b'{"format": "nnbook checkpoint 99"}', np.uint8))
        self.refused(path, "got the format 'nnbook checkpoint 99'; wants 'nnbook checkpoint 1'")

    def test_a_pickle_inside_is_not_loaded(self, path):
        bomb = np.array([Bomb(), Bomb()], dtype=object)
        archive(path, header=header(), **{"0": bomb})
        self.refused(path, "got tree that cannot be read .*Object arrays.*; wants an array of numbers")
        archive(path, header=bomb)
        self.refused(path, "got header that cannot be read .*Object arrays")

    def test_what_is_stored_is_not_what_the_header_says(self, path):
        archive(path, header=header())
        self.refused(path, "got no numbers for tree")
        for stored in (np.ones(3, np.float32), np.ones(2, np.float64), np.array(["a", "b"])):
            archive(path, header=header(), **{"0": stored})
            self.refused(path, r"got tree stored with shape .*wants numbers of float32 of shape \(2,\), as the header")
        archive(path, header=header(dtype="key<fry>", shape=[], key="no such kind"), **{"0": np.ones(2, np.uint32)})
        self.refused(path, "got tree stored with shape", like=jax.random.key(0))
        archive(path, header=header(), **{"0": b"no array"})
        self.refused(path, "got tree that cannot be read")


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("leaf", ["text", object(), np.array(["a"]), np.array([None])])
def test_what_is_no_array_is_not_saved(path, leaf):
    with pytest.raises(
        TypeError, match=r"^save: got tree\['w'\] of (type|dtype) .*; wants arrays, numbers and random keys"
    ):
        save(path, {"w": leaf})
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("leaf", "dtype", "became"),
    [
        (np.array([2**40]), "int64", "int32"),
        (np.array([0.1]), "float64", "float32"),
        (np.float64(0.1), "float64", "float32"),
    ],
)
def test_what_would_change_on_its_way_is_not_saved(path, leaf, dtype, became):
    with pytest.raises(
        TypeError, match=rf"^save: got tree\['w'\] of dtype {dtype}; wants {became}.*Hint: .*astype\('{became}'\)"
    ):
        save(path, {"w": leaf})
    assert list(path.parent.iterdir()) == []


def test_a_number_too_large_is_not_saved(path):
    with pytest.raises(TypeError, match=r"^save: got tree\['n'\] = 1099511627776; wants a number that fits into int32"):
        save(path, {"n": 2**40})


def test_numpy_arrays_that_fit_come_back_as_they_were(path):
    saved = {"w": np.arange(3, dtype=np.int16), "b": np.ones(2, np.float32), "n": np.uint8(3)}
    save(path, saved)
    jax.tree.map(np.testing.assert_array_equal, load(path, like=saved), saved)
