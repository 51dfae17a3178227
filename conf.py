"""Sphinx settings of the book. Thin on purpose: what the book can do lives in book/_ext, one component a file.

Run by `nox -s html` as `sphinx-build -c . book _build/html`.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT), str(ROOT / "book" / "_ext")]

from project_urls import repository_url, site_url  # noqa: E402

from nnbook import __version__  # noqa: E402  (the path comes first; importing nnbook starts no device)

project = "nnbook"
author = "the nnbook contributors"
copyright = "the nnbook contributors. Code: Apache-2.0; text and figures: CC BY 4.0"
version = release = __version__
language = "en-GB"
html_title = "nnbook"

extensions = [
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "notfound.extension",
    # ours, in the order a page is made
    "execution",
    "figures",
    "numerals",
    "evidence",
    "mathml",
    "mathfont",
    "questions",
    "remember",
    "api",
    "page",
    "csp",
]
exclude_patterns = ["_ext", "_static", "_templates", "widgets", "**/jupyter_execute", "**/.ipynb_checkpoints"]
templates_path = ["book/_templates"]
root_doc = "index"
nitpicky = True
numfig = True

# MyST and the execution of cells
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "substitution"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_render_image_options = {"loading": "lazy"}
nb_number_source_lines = False

# Bibliography (relative to this file)
bibtex_bibfiles = ["book/references.bib"]
bibtex_default_style = "alpha"
bibtex_reference_style = "author_year"

# Pages
html_theme = "furo"
html_static_path = ["book/_static"]
html_math_renderer = "mathml"
html_css_files = ["build/nnbook-style.css"]
html_js_files = [("build/nnbook.js", {"defer": "defer"})]
html_show_sphinx = False
html_domain_indices = False  # reference/api lists the modules
html_show_copyright = False  # the licence line stands in our own footer
html_baseurl = site_url(ROOT)
html_context = {"repository_url": repository_url(ROOT)}
copybutton_exclude = ".linenos, .gp, .go"
notfound_template = "404.html"
notfound_context = {"title": "No page at this address", "body": ""}
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"
if html_baseurl:  # cards for social networks need the whole address of a page
    extensions.append("sphinxext.opengraph")
    ogp_site_url = html_baseurl
    ogp_enable_meta_description = False  # page.py writes it
nnbook_csp = os.environ.get("NNBOOK_CSP", "1") == "1"
