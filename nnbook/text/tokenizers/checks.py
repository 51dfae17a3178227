"""What tokenizers ask of ids that are to be decoded and of data that is to be read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Int, Integer

Ids = Int[np.ndarray, "tokens"]
AnyIds = Integer[Array, "tokens"] | Integer[np.ndarray, "tokens"] | Sequence[int]


def known_ids(where: str, ids: AnyIds, vocabulary: int) -> list[int]:
    """Give the ids as a list, if all are tokens.

    Raises ValueError for an id outside the vocabulary, TypeError for one that is no whole number.

    >>> known_ids("ByteTokenizer", np.array([7, 255]), 256)
    [7, 255]
    """
    array = np.asarray(ids)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"{where}: got ids of dtype {array.dtype}; wants whole numbers")
    outside = array[(array < 0) | (array >= vocabulary)] if array.size else array
    if outside.size:
        raise ValueError(f"{where}: got id {outside[0]}; wants ids from 0 to {vocabulary - 1}")
    return array.ravel().tolist()


def require_tokenizer(where: str, data: dict[str, Any], name: str) -> None:
    """Check that data was written by the tokenizer of this name. Raises ValueError otherwise.

    >>> require_tokenizer("ByteTokenizer", {"tokenizer": "characters", "characters": "abc"}, "bytes")
    Traceback (most recent call last):
        ...
    ValueError: ByteTokenizer: got data of tokenizer 'characters'; wants 'bytes', what to_data gave
    """
    if not isinstance(data, dict):
        raise ValueError(f"{where}: got data of type {type(data).__name__}; wants what to_data gave, a dict")
    found = field(where, data, "tokenizer", str)
    if found != name:
        raise ValueError(f"{where}: got data of tokenizer {found!r}; wants {name!r}, what to_data gave")


def field(where: str, data: dict[str, Any], name: str, kind: type) -> Any:
    """Take what stands in data under a name. Raises ValueError if nothing does, or it is of another type.

    >>> field("CharacterTokenizer", {"characters": "abc"}, "characters", str)
    'abc'
    """
    if name not in data:
        raise ValueError(f"{where}: got data without {name!r}; wants what to_data gave")
    if not isinstance(data[name], kind):
        raise ValueError(f"{where}: got {name} of type {type(data[name]).__name__}; wants {kind.__name__}")
    return data[name]
