"""Wide content scrolls inside itself, and the keyboard can reach it.

A block that may scroll gets `tabindex`, a role and a name when the book is built. Which blocks may is known from their text:
a line of code too long for a small phone, any table.
"""

import html
import re

from sphinx.locale import _

# A 320-pixel screen shows 33 characters of code in a line.
LONGEST_LINE = 32

_CODE = re.compile(
    r'(<div class="highlight-(?P<language>[\w-]+)[^"]*">)?<div class="highlight"><pre>(?P<code>.*?)</pre>', re.DOTALL
)
_TABLE = re.compile(
    r'<div class="table-wrapper[^"]*"(?: id="[^"]*")?(?=>)>(?P<caption>\s*<table\b[^>]*>\s*<caption>.*?</caption>)?',
    re.DOTALL,
)
# A table that came too late for Furo to put a box around it (or in a box already: then the box is part of the match).
_BARE_TABLE = re.compile(
    r'(?P<box><div class="table-wrapper[^>]*>\s*)?<table class="[^"]*\bdocutils\b[^"]*".*?</table>', re.DOTALL
)
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
    boxed = _BARE_TABLE.sub(
        lambda m: m[0] if m["box"] else f'<div class="table-wrapper docutils container">\n{m[0]}\n</div>', body
    )
    return _TABLE.sub(_open_table, _CODE.sub(_open_code, boxed))


def _on_page(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    if context.get("body") and app.builder.name != "epub":
        context["body"] = focusable(context["body"])


def setup(app) -> dict:
    """Change the body after every visitor has written its part."""
    app.connect("html-page-context", _on_page, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
