"""What a cell shows in a notebook beyond its last value. IPython is used where it runs already, never imported."""

import sys
from collections.abc import Callable
from typing import Any

GLUE_PREFIX = "application/papermill.record/"


def displayer() -> Callable[..., None] | None:
    """IPython's display function if the code runs in IPython, else None. Never imports IPython.

    >>> displayer() is None  # no notebook here
    True
    """
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return None
    return ipython.display.display


def glue(name: str, value: Any) -> None:
    """Give a value a name under which the prose can quote it: {glue:text}`name:.3g`.

    Arrays without axes become Python numbers first, so that number formats apply. Outside Jupyter nothing is shown.
    Raises ValueError for a name that the role cannot quote, which means an empty one or one with a colon in it.

    >>> glue("best of four", 3)
    >>> glue("best: four", 3)
    Traceback (most recent call last):
        ...
    ValueError: glue: got the name 'best: four'; wants a name without a colon, as in {glue:text}`name:.3g`
    """
    if not name or ":" in name:
        raise ValueError(f"glue: got the name {name!r}; wants a name without a colon, as in {{glue:text}}`name:.3g`")
    display = displayer()
    if display is None:
        return
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    data, metadata = sys.modules["IPython"].core.formatters.format_display_data(value)
    # The same bundle as myst_nb.glue(name, value, display=False), without its dependencies.
    metadata["scrapbook"] = {"name": name, "mime_prefix": GLUE_PREFIX}
    display({GLUE_PREFIX + mime: content for mime, content in data.items()}, raw=True, metadata=metadata)
