"""Every claim that a cell checked stands under its cell, and on the evidence page with a link back."""

import json

import numpy as np
from bs4 import BeautifulSoup

import nnbook.checks
from nnbook.checks import check, recording
from tests.ext.small_book import build, write


def records() -> list[dict]:
    with recording() as made:
        check("one and one", got=1 + 1, want=2, source="arithmetic")
        check("a third", got=1 / 3, want=0.333, tol=1e-3)
        check("all four gates", got=np.array([0, 0, 0, 1]), want=np.array([0, 0, 0, 1]))
        check("two numbers, nearly", got=np.array([1.0, 2.1]), want=np.array([1.0, 2.0]), tol=0.1)
    return [record.as_json() for record in made]


def notebook(claims: list[dict]) -> str:
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {nnbook.checks.MIME_TYPE: claim, "text/plain": "✓"}}
        for claim in claims
    ]
    code = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "check()", "outputs": outputs}
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    title = {"cell_type": "markdown", "metadata": {}, "source": "# The chapter"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": language, "cells": [title, code]})


def pages(tmp_path, claims: list[dict]) -> tuple[BeautifulSoup, BeautifulSoup]:
    index = "# Book\n\n```{toctree}\nchapter\nproof\n```\n"
    proof = "# Evidence\n\n```{evidence}\n```\n"
    sources = {"index": index, "chapter.ipynb": notebook(claims), "proof": proof}
    app = build(write(tmp_path, sources, ["myst_nb", "evidence", "mathml"], theme="basic"))
    assert "WARNING" not in app.warning.getvalue()
    return tuple(
        BeautifulSoup((app.outdir / name).read_text(encoding="utf-8"), "html.parser")
        for name in ("chapter.html", "proof.html")
    )


def test_each_claim_stands_under_its_cell(tmp_path):
    chapter, _ = pages(tmp_path, records())
    lines = [" ".join(line.get_text().split()) for line in chapter.select(".nn-check")]
    assert lines == [
        "✓ one and one: got 2, want 2 (arithmetic)",
        "✓ a third: got 0.333, want 0.333 ± 0.00133",
        "✓ all four gates: all 4 numbers as wanted",
        "✓ two numbers, nearly: got 2.1 (worst of 2), want 2 ± 0.3",
    ]


def test_the_evidence_page_lists_each_claim_with_a_link_to_it(tmp_path):
    chapter, proof = pages(tmp_path, records())
    rows = [[" ".join(cell.get_text().split()) for cell in row.select("td")] for row in proof.select("tbody tr")]
    assert rows[0] == ["one and one", "2", "2", "arithmetic"]
    assert rows[2] == ["all four gates", "all 4 numbers as wanted", "the same numbers", "this chapter"]
    targets = [link["href"] for link in proof.select("tbody a")]
    assert targets == [f"chapter.html#claim-{n}" for n in (1, 2, 3, 4)]
    assert all(chapter.find(id=target.partition("#")[2]) for target in targets)


def test_a_claim_that_is_gone_leaves_the_evidence_page(tmp_path):
    pages(tmp_path, records())
    _, proof = pages(tmp_path, records()[:1])
    assert len(proof.select("tbody tr")) == 1
