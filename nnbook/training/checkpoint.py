"""Checkpoints: a tree of arrays in one file, read back only if it is exactly what is expected.

The file is an .npz, which NumPy opens too: one array for each leaf, and `header`, JSON that names the leaves and their
dtypes and shapes. Nothing in it is ever executed: there is no pickle.
"""

import io
import json
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

FORMAT = "nnbook checkpoint 1"
WANT = "an .npz written by nnbook"


class CheckpointError(ValueError):
    """A file that is no checkpoint, or not the one that is wanted.

    >>> raise CheckpointError("digits.npz", got="a pickle", want="an .npz written by nnbook")
    Traceback (most recent call last):
        ...
    nnbook.training.checkpoint.CheckpointError: checkpoint digits.npz: got a pickle; wants an .npz written by nnbook
    """

    def __init__(self, path: Path | str, *, got: str, want: str):
        """Say which file it is, what was found in it, and what should be there."""
        super().__init__(f"checkpoint {path}: got {got}; wants {want}")
        self.path, self.got, self.want = path, got, want


def save(path: Path | str, tree: PyTree) -> None:
    """Write a tree of arrays and random keys to one file, whole or not at all.

    The file appears under its name only when all of it is on the disk: a run that is killed while it saves leaves the
    checkpoint before untouched. NumPy's arrays are saved as the JAX arrays they will be when they are loaded.
    Raises TypeError, which names the leaf, for one that is neither array, number nor key, or that would change its dtype
    on its way into JAX: float64 and int64 do, unless JAX is told to keep them.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/line.npz", {"slope": jnp.array(3.0)})
    ...     float(load(f"{folder}/line.npz", like={"slope": jnp.array(0.0)})["slope"])
    3.0
    """
    path, leaves, arrays = Path(path), [], {}
    for place, (name, leaf) in enumerate(_named_leaves(tree).items()):
        try:
            array = leaf if _is_key(leaf) else jnp.asarray(leaf)
        except TypeError as error:
            kind = f"dtype {leaf.dtype}" if hasattr(leaf, "dtype") else f"type {type(leaf).__name__}"
            raise TypeError(f"save: got {name} of {kind}; wants arrays, numbers and random keys") from error
        except OverflowError as error:
            raise TypeError(
                f"save: got {name} = {leaf}; wants a number that fits into {jnp.result_type(int)}"
            ) from error
        if hasattr(leaf, "dtype") and leaf.dtype != array.dtype:
            raise TypeError(
                f"save: got {name} of dtype {leaf.dtype}; wants {array.dtype}, which JAX would make of it. "
                f"Hint: .astype('{array.dtype}') if that loses nothing, or jax_enable_x64"
            )
        key = {"key": str(jax.random.key_impl(leaf))} if _is_key(leaf) else {}
        leaves.append({"name": name, **_description(array), **key})
        arrays[str(place)] = _storable(array)
    header = np.frombuffer(json.dumps({"format": FORMAT, "leaves": leaves}).encode(), np.uint8)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, header=header, **arrays)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load(path: Path | str, *, like: PyTree) -> PyTree:
    """Read a tree that has the structure, names, shapes and dtypes of `like`, whose values do not matter.

    `like` may be made of arrays, or of what `jax.eval_shape` gives, which costs no memory.
    Raises CheckpointError if the file is truncated or damaged, comes from elsewhere, holds a pickle, or differs from
    `like`: then it names the leaf, what the file has and what is wanted. Raises FileNotFoundError if there is none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/w.npz", {"w": jnp.zeros((2, 3))})
    ...     try:
    ...         load(f"{folder}/w.npz", like={"w": jnp.zeros((3, 2))})
    ...     except CheckpointError as error:
    ...         print(error.got, "|", error.want)
    tree['w'], float32 of shape (2, 3) | float32 of shape (3, 2)
    """
    path = Path(path)
    members = _members(path)
    found = _leaves_of_header(path, members)
    wanted = {name: _description(leaf) for name, leaf in _named_leaves(like).items()}
    for name in [name for name in wanted if name not in found]:
        raise CheckpointError(path, got=f"no {name}", want=f"{name}, {_in_words(wanted[name])}")
    for name in [name for name in found if name not in wanted]:
        raise CheckpointError(path, got=f"{name}, {_in_words(found[name])}", want=f"no {name}")
    return jax.tree.unflatten(
        jax.tree.structure(like),
        [_restored(path, name, found[name], wanted[name], members) for name in wanted],
    )


def _members(path: Path) -> dict[str, bytes]:
    """Read the whole file, which checks the sums of all that is in it."""
    with path.open("rb") as file:
        start = file.read(4)
        if start != b"PK\x03\x04":
            raise CheckpointError(path, got=f"a file that begins with {start!r}", want=WANT)
        try:
            with zipfile.ZipFile(file) as archive:
                return {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        # RuntimeError, if damage makes a file look encrypted or packed in an unknown way.
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError) as error:
            raise CheckpointError(path, got=f"a truncated or damaged file ({error})", want="a whole one") from error


def _leaves_of_header(path: Path, members: dict[str, bytes]) -> dict[str, dict]:
    if "header" not in members:
        raise CheckpointError(path, got=f"an archive of {', '.join(members) or 'nothing'}", want=WANT)
    try:
        header = json.loads(_numbers(path, "header", members["header"]).tobytes())
        if header["format"] != FORMAT:
            raise CheckpointError(path, got=f"the format {header['format']!r}", want=repr(FORMAT))
        return {leaf["name"]: {"place": str(n), **leaf} for n, leaf in enumerate(header["leaves"])}
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise CheckpointError(path, got="a header that is not nnbook's", want=WANT) from error


def _numbers(path: Path, name: str, member: bytes) -> np.ndarray:
    try:
        return np.lib.format.read_array(io.BytesIO(member), allow_pickle=False)
    except ValueError as error:
        # So NumPy answers a pickled object, whose loading could run anything, and what is no array at all.
        raise CheckpointError(path, got=f"{name} that cannot be read ({error})", want="an array of numbers") from error


def _restored(path: Path, name: str, found: dict, want: dict, members: dict[str, bytes]) -> jax.Array:
    if any(found.get(what) != want[what] for what in ("shape", "dtype")):
        raise CheckpointError(path, got=f"{name}, {_in_words(found)}", want=_in_words(want))
    if found["place"] not in members:
        raise CheckpointError(path, got=f"no numbers for {name}", want="an array for each leaf")
    stored = _numbers(path, name, members[found["place"]])
    try:
        if "key" in found:
            array = jax.random.wrap_key_data(jnp.asarray(stored), impl=found["key"])
            dtype = np.dtype(np.uint32)
        else:
            dtype = jnp.dtype(want["dtype"])
            array = jnp.asarray(stored.view(dtype))
        if stored.dtype == _stored_as(dtype) and _description(array) == want:
            return array
    except (TypeError, ValueError):
        pass  # what is stored cannot be what the header says; answered below
    got = f"{name} stored with shape {stored.shape} and dtype {stored.dtype}"
    raise CheckpointError(path, got=got, want=f"numbers of {_in_words(want)}, as the header says")


def _named_leaves(tree: PyTree) -> dict[str, Any]:
    return {f"tree{jax.tree_util.keystr(path)}": leaf for path, leaf in jax.tree.leaves_with_path(tree)}


def _description(leaf: Any) -> dict[str, Any]:
    dtype = leaf.dtype if hasattr(leaf, "dtype") else jnp.result_type(leaf)
    return {"shape": list(jnp.shape(leaf)), "dtype": str(dtype)}


def _in_words(description: dict[str, Any]) -> str:
    return f"{description['dtype']} of shape {tuple(description['shape'])}"


def _is_key(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _storable(leaf: jax.Array) -> np.ndarray:
    array = np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf)
    return array.view(_stored_as(array.dtype))


def _stored_as(dtype: np.dtype) -> np.dtype:
    # NumPy's format knows no bfloat16: such numbers are kept as the bits they are.
    return dtype if dtype.isbuiltin == 1 else np.dtype(f"u{dtype.itemsize}")
