"""The modules in the sidebar: inside the reference only, since on every page of the book they would weigh more than its text."""

import re

from api.pages import FOLDER

_LIST = re.compile(r"<ul>|</ul>")


def folded(tree: str, address: str) -> str:
    """Take the list under a link out of a navigation tree; a tree without that link stays as it is.

    >>> folded('<li class="toctree-l1 has-children"><a href="api.html">All</a><label></label><ul><li>One</li></ul></li>', "api.html")
    '<li class="toctree-l1"><a href="api.html">All</a></li>'
    """
    link = re.search(rf'<li class="toctree-l1 has-children">(<a [^>]*href="{re.escape(address)}">.*?</a>)', tree)
    if not link:
        return tree
    depth = 0
    for mark in _LIST.finditer(tree, link.end()):
        depth += 1 if mark[0] == "<ul>" else -1
        if depth == 0:
            return f'{tree[: link.start()]}<li class="toctree-l1">{link[1]}{tree[mark.end() :]}'
    return tree


def on_page(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Fold the reference away on pages that are not part of it."""
    if not pagename.startswith(f"{FOLDER}/") and context.get("furo_navigation_tree"):
        address = context["pathto"](f"{FOLDER}/index")
        context["furo_navigation_tree"] = folded(context["furo_navigation_tree"], address)
