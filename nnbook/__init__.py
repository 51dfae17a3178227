"""nnbook: neural networks to understand, see and remember, from scratch in JAX.

Importing this package starts no device and loads neither JAX nor NumPy; its rooms do when they are imported:
`nnbook.layers`, `nnbook.models`, `nnbook.training`, `nnbook.analysis`, `nnbook.text`, `nnbook.data`, `nnbook.parallel`,
`nnbook.plotting` and `nnbook.widgets`.
At the top stand only the three names that a chapter's cells use beside them: `check` asserts a claim and records
it, `glue` names a number for the prose, `ShapeError` is what arrays that do not fit raise.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnbook.checks import check
    from nnbook.errors import ShapeError
    from nnbook.jupyter import glue

__version__ = "0.1.0"
__all__ = ["ShapeError", "check", "glue"]

_HOMES = {"ShapeError": "nnbook.errors", "check": "nnbook.checks", "glue": "nnbook.jupyter"}


def __getattr__(name: str) -> object:
    # JAX takes a second to load, and `python -m nnbook run --platform` must choose the device before that.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nnbook' has no attribute {name!r}")
