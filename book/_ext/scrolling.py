"""Wide content scrolls inside itself, and the keyboard can reach it.

A block that may scroll gets `tabindex`, a role and a name when the book is built. Which blocks may is known from their text:
a line of code too long for a small phone, any table. The other repairs of Sphinx's and Furo's markup stand here too.
"""

import html
import re

from docutils import nodes
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform

# A 320-pixel screen shows 33 characters of code in a line.
LONGEST_LINE = 32

_CODE = re.compile(
    r'(<div class="highlight-(?P<language>[\w-]+)[^"]*">)?<div class="highlight"><pre>(?P<code>.*?)</pre>', re.DOTALL
)
_TABLE = re.compile(
    r'<div class="table-wrapper[^"]*"(?: id="[^"]*")?(?=>)>(?P<caption>\s*<table\b[^>]*>\s*<caption>.*?</caption>)?',
    re.DOTALL,
)
_CAPTION_HEADING = re.compile(r'(<p class="caption" role="heading")(?=>)')
_TAG = re.compile(r"<[^>]+>")


def _text(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))


def _focusable(label: str) -> str:
    # A group, not a region: a page of code blocks would otherwise be a page of landmarks.
    return f' tabindex="0" role="group" aria-label="{html.escape(label, quote=True)}"'


def _open_code(match: re.Match) -> str:
    longest = max(map(len, _text(match["code"]).splitlines()), default=0)
    if longest <= LONGEST_LINE:
        return match[0]
    label = _("Output") if (match["language"] or "").startswith("myst-ansi") else _("Code")
    return match[0].replace('<div class="highlight"><pre>', f'<div class="highlight"><pre{_focusable(label)}>', 1)


def _open_table(match: re.Match) -> str:
    caption = re.search(r'<span class="caption-text">(.*?)</span>', match["caption"] or "", re.DOTALL)
    label = _text(caption[1]).strip() if caption else _("Table")
    opening, rest = match[0].split(">", 1)
    return opening + _focusable(label) + ">" + rest


def focusable(body: str) -> str:
    """Make the blocks of a page's body that may scroll reachable by keyboard."""
    return _TABLE.sub(_open_table, _CODE.sub(_open_code, body))


def with_levels(markup: str) -> str:
    """Give the captions of Sphinx's tables of contents the level that a heading needs."""
    return _CAPTION_HEADING.sub(r'\1 aria-level="2"', markup)


def _on_page(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    if app.builder.name == "epub":
        return
    if context.get("body"):
        context["body"] = with_levels(focusable(context["body"]))
    if context.get("furo_navigation_tree"):
        context["furo_navigation_tree"] = with_levels(context["furo_navigation_tree"])


class UniqueIds(SphinxPostTransform):
    """Take back the ids that Furo copies onto the boxes it puts around tables and formulas: an id stands once on a page."""

    default_priority = 510  # after Furo's WrapTableAndMathInAContainerTransform (500)
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Clear ids and names of the wrappers; the wrapped element keeps its own."""
        for box in self.document.findall(nodes.container):
            if {"table-wrapper", "math-wrapper"} & set(box["classes"]) and box.children:
                box["ids"], box["names"] = [], []


def setup(app) -> dict:
    """Change the body after every visitor has written its part."""
    app.add_post_transform(UniqueIds)
    app.connect("html-page-context", _on_page, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
