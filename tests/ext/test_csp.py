"""The policy of a page names its own inline scripts and nothing else, stands once, and can be left out."""

import base64
import hashlib

import csp
import pytest

from tests.ext import small_book

PAGE = '<!doctype html><html><head>\n<meta charset="utf-8">\n<title>t</title></head><body>{}</body></html>'


def digest(body: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + "'"


@pytest.mark.parametrize(
    ("script", "hashed"),
    [
        ("<script>let a = 1;</script>", ["let a = 1;"]),
        ("<script>\nlet a = 1;\r\n</script >", ["\nlet a = 1;\n"]),
        ('<script type="module">b()</script>', ["b()"]),
        ('<script defer src="x.js"></script>', []),
        ('<script type="application/json">{"a": 1}</script>', []),
        ('<script class="d" type=application/json>{}</script>', []),
        ("<script>a()</script><script>a()</script>", ["a()"]),
    ],
)
def test_hashes(script, hashed):
    assert csp.script_hashes(script) == sorted(map(digest, hashed))


def test_policy_stands_once_right_after_the_character_set():
    page = PAGE.format("<script>a()</script>")
    once = csp.with_policy(page)
    assert '<meta charset="utf-8">\n    <meta http-equiv="Content-Security-Policy" content="default-src' in once
    assert f"script-src 'self' {digest('a()')}; style-src" in once
    assert csp.with_policy(once) == once
    changed = csp.with_policy(once.replace("a()", "b()"))
    assert digest("b()") in changed
    assert digest("a()") not in changed
    assert csp.without_policy(once) == page


def test_a_page_without_character_set_is_refused():
    with pytest.raises(ValueError, match="charset"):
        csp.with_policy("<html></html>")


def test_build_writes_updates_and_leaves_out(tmp_path):
    source = small_book.write(
        tmp_path, {"index": "# A\n\n[b](b.md)\n", "b": "---\norphan: true\n---\n# B\n"}, ["myst_nb", "mathml", "csp"]
    )
    app = small_book.build(source)
    pages = sorted(app.outdir.rglob("*.html"))
    assert len(pages) >= 3
    for page in pages:
        assert page.read_text(encoding="utf-8").count("Content-Security-Policy") == 1
    (source / "index.md").write_text("# A\n\nchanged\n\n[b](b.md)\n", encoding="utf-8")
    app = small_book.build(source)
    for page in pages:
        assert page.read_text(encoding="utf-8").count("Content-Security-Policy") == 1
    app = small_book.build(source, confoverrides={"nnbook_csp": False})
    for page in pages:
        assert "Content-Security-Policy" not in page.read_text(encoding="utf-8")
