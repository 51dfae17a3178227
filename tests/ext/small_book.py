"""Small books to build in a test: a few files in a temporary folder, read and written as the real one is."""

import warnings
from pathlib import Path

from sphinx.testing.util import SphinxTestApp

CONF = """
project = "small"
author = copyright = "nobody"
language = "en-GB"
extensions = {extensions}
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
nb_execution_mode = "off"
html_theme = "{theme}"
html_math_renderer = "mathml"
numfig = True
exclude_patterns = ["_build"]
epub_show_urls = "no"
version = "1"
{more}
"""


def write(folder: Path, pages: dict[str, str], extensions: list[str], theme: str = "furo", more: str = "") -> Path:
    """Write the sources of a small book; a page named without a suffix is MyST."""
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "conf.py").write_text(CONF.format(extensions=extensions, theme=theme, more=more), encoding="utf-8")
    for name, text in pages.items():
        path = source / (name if "." in name else f"{name}.md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return source


def build(source: Path, builder: str = "html", **options) -> SphinxTestApp:
    """Build it; the output lies in `app.outdir`, warnings in `app.warning`."""
    app = SphinxTestApp(builder, srcdir=source, builddir=source.parent / "_build", **options)
    try:
        with warnings.catch_warnings():
            # sphinx-notfound-page 1.1 and myst-parser 5.2 use what Sphinx 11 will have dropped.
            warnings.filterwarnings("ignore", message="'tags' will become a required keyword")
            warnings.filterwarnings("ignore", message=r"'myst_(parser|nb)\.")
            app.build()
    finally:
        app.cleanup()
    return app
