"""Read a docstring of the house's form: a sentence, shapes and units, what it raises, its source, an example that runs.

Docstrings are plain text, not Markdown: a star is a star. What is marked up is what stands in backticks, what begins with one of
the labels below, a line `Formula: …` of LaTeX, an example, an indented block and a list.
"""

import re
import textwrap
from dataclasses import dataclass

LABELS = ("Derivative", "Range", "Used", "Weakness", "Raises", "Source")
_LABEL = re.compile(rf"(?:(Raises) |({'|'.join(LABELS)}): )(.*)")
# "Raises" and "Source" may also follow a sentence in the middle of a line.
_NEXT_LABEL = re.compile(r"(?<=[.)]) (?=Raises [A-Za-z`]|Source: )")


@dataclass
class Part:
    """A piece of a docstring: `kind` is text, field, formula, example, block or item; `line` counts from the docstring's first."""

    kind: str
    text: str
    line: int
    label: str = ""


def parse(doc: str) -> list[Part]:
    """Cut a docstring into its parts."""
    parts: list[Part] = []
    open_part: Part | None = None
    for number, line in enumerate(doc.split("\n")):
        kind = _kind(line, open_part)
        if kind == "blank":
            if open_part is not None and open_part.kind == "block":
                open_part.text += "\n"
            else:
                open_part = None
        elif kind == "more":
            open_part.text += "\n" + line
        else:
            open_part = Part(kind, line, number)
            parts.append(open_part)
    return [piece for part in parts for piece in _finished(part)]


def _kind(line: str, before: Part | None) -> str:
    if not line.strip():
        return "blank"
    within = before.kind if before else ""
    if within == "example" or (within == "item" and line.startswith("  ")):
        return "more"
    if line.startswith(">>>"):
        return "example"
    if line.startswith("    "):
        return "more" if within == "block" else "block"
    if line.startswith("- "):
        return "item"
    if line.startswith("Formula: "):
        return "formula"
    return "more" if within == "text" and not _LABEL.match(line) else "text"


def _finished(part: Part) -> list[Part]:
    if part.kind == "block":
        return [Part("block", textwrap.dedent(part.text).strip("\n"), part.line)]
    if part.kind == "item":
        return [Part("item", " ".join(part.text[2:].split()), part.line)]
    if part.kind == "formula":
        return [Part("formula", part.text.removeprefix("Formula: "), part.line)]
    if part.kind == "example":
        return [part]
    pieces = []
    for text in _NEXT_LABEL.split(" ".join(part.text.split())):
        found = _LABEL.match(text)
        label = (found[1] or found[2]) if found else ""
        pieces.append(Part("field" if label else "text", found[3] if found else text, part.line, label))
    return pieces


def first_sentence(doc: str) -> str:
    """Give the first sentence of a docstring, for lists."""
    text = " ".join(doc.split("\n\n")[0].split())
    end = re.search(r"(?<![ (][a-z]\.[a-z])(?<! al)(?<! eq)\.(?= [A-Z`“(])", text)
    return text[: end.end()] if end else text
