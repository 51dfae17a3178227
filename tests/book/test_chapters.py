"""Every chapter passes every gate, and every gate rejects a chapter that is broken on purpose."""

import pytest
import yaml

from tests.book.gates import (
    BOOK,
    GATES,
    chapters,
    claim_faults,
    front_matter_faults,
    section_faults,
    stopwatch_faults,
    typed_result_faults,
    voice_faults,
)

BROKEN = """\
---
file_format: mystnb
description: too short
---

# A broken chapter

## The idea: it simply works

The loss falls to 0.173 after 400 steps.

```{code-cell} ipython3
started = time.perf_counter()
```

## See it: too late

## Surprise
"""


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_chapter(chapter, gate):
    assert gate(chapter.read_text(encoding="utf-8")) == []


def test_there_are_chapters():
    assert {"neuron"} <= {path.stem for path in chapters()}


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_a_chapter_has_questions_a_card_and_primary_sources(chapter):
    name = chapter.stem
    questions = yaml.safe_load((BOOK / "questions" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert len(questions["questions"]) >= 5
    assert (BOOK / "cards" / f"{name}.yaml").exists()
    text = chapter.read_text(encoding="utf-8")
    assert f"```{{questions}} {name}" in text
    assert "```{reference-card} " in text
    assert "{cite" in text.split("## Go further")[1]
    assert "{dropdown}" in text.split("## Go further")[1], "exercises have folded solutions"


@pytest.mark.parametrize(
    ("gate", "complaint"),
    [
        (section_faults, "line 16: section 'See it' comes too late"),
        (section_faults, "line 18: section 'Surprise' is none of"),
        (section_faults, "section 'Remember' is missing"),
        (section_faults, "no card 'In one line'"),
        (typed_result_faults, "line 10: '0.173' is typed"),
        (stopwatch_faults, "line 13: perf_counter"),
        (voice_faults, "simply"),
        (front_matter_faults, "description has 9 characters"),
        (claim_faults, "0 checks"),
    ],
)
def test_each_gate_rejects_the_broken_chapter(gate, complaint):
    text = (
        BROKEN.replace("## The idea: it simply works", "## The idea: it works\n\nIt simply works.")
        if gate is voice_faults
        else BROKEN
    )
    assert any(complaint in fault for fault in gate(text))


def test_formulas_code_and_tables_may_hold_decimals():
    text = "---\n---\nSee $x = 0.5$ and `0.25`.\n\n| a | 0.5 |\n\n```\n0.5\n```\n\n$$\n0.5\n$$\n\nThe paper 1706.03762v5 and {glue:text}`loss:.3f`."
    assert typed_result_faults(text) == []
    assert typed_result_faults(text + " It is 0.5.") == ["line 15: '0.5' is typed; glue it from a cell"]
