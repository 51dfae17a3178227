"""A content security policy in each page: what the page may load and run, said by the page itself.

It stands in a `<meta>` element, since the book is also read from a folder and from hosts that let nobody set headers.
The only inline scripts that run are those the page was built with: each is named by its hash.
"""

import base64
import hashlib
import re
from pathlib import Path

from sphinx.errors import SphinxError

_INLINE_SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<body>.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_TYPE = re.compile(r"""\btype\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_SOURCE = re.compile(r"\bsrc\s*=", re.IGNORECASE)
_JAVASCRIPT = {"", "module", "text/javascript", "application/javascript"}
_CHARSET = re.compile(r'<meta\s+charset="?utf-8"?\s*/?>', re.IGNORECASE)
_POLICY = re.compile(r'\s*<meta http-equiv="Content-Security-Policy" content="[^"]*">')


def script_hashes(html: str) -> list[str]:
    """Give the CSP source of each inline script of a page, sorted; blocks of data (JSON) run nothing and need none."""
    found = set()
    for match in _INLINE_SCRIPT.finditer(html):
        kind = _TYPE.search(match["attributes"])
        if _SOURCE.search(match["attributes"]) or (kind and kind[1].lower() not in _JAVASCRIPT):
            continue
        # The browser hashes what its parser gives it, and that has line feeds only.
        body = match["body"].replace("\r\n", "\n").replace("\r", "\n")
        found.add("'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + "'")
    return sorted(found)


def policy(html: str) -> str:
    """Write the policy of a page."""
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *script_hashes(html)]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
        ]
    )


def with_policy(html: str) -> str:
    """Put the policy right after the character set, before anything it governs; an older one is replaced.

    Raises ValueError if the page does not declare its character set.
    """
    html = _POLICY.sub("", html)
    charset = _CHARSET.search(html)
    if charset is None:
        raise ValueError('no <meta charset="utf-8"> to put the policy after')
    meta = f'\n    <meta http-equiv="Content-Security-Policy" content="{policy(html)}">'
    return html[: charset.end()] + meta + html[charset.end() :]


def without_policy(html: str) -> str:
    """Take the policy out again, for the live preview, which injects a script of its own."""
    return _POLICY.sub("", html)


def write_policies(app, exception: Exception | None) -> None:
    """Give every page of the finished build its policy, or none where `nnbook_csp` is off."""
    if exception or app.builder.format != "html" or app.builder.name == "epub":
        return
    for path in sorted(Path(app.outdir).rglob("*.html")):
        before = path.read_text(encoding="utf-8")
        try:
            after = with_policy(before) if app.config.nnbook_csp else without_policy(before)
        except ValueError as error:
            raise SphinxError(f"{path}: {error}") from error
        if after != before:
            path.write_text(after, encoding="utf-8")


def setup(app) -> dict:
    """Run after everything else has written its part of the pages."""
    app.add_config_value("nnbook_csp", True, "", types=frozenset({bool}))
    app.connect("build-finished", write_policies, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
