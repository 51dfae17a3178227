"""Read the code cells of a chapter: MyST Markdown, without Sphinx or Jupyter.

A code cell is a fence whose info begins with `{code-cell}`, at the top level of the page: not inside a list item, an
admonition, another fence or an HTML comment. These are the cells that myst-nb executes; a test compares the two.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"(?P<marker>`{3,}|~{3,}|:{3,})(?P<info>.*)")
LIST_ITEM = re.compile(r"(?:[-+*:]|\d{1,9}[.)])(?=\s|$) *")
BLOCK_TAG = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    "menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    "track|ul"
)
# HTML that hides what is inside it: how it begins, what its last line has in it, may it follow text without a blank line?
HTML_SPANS = [
    (
        re.compile(r"<(script|pre|style|textarea)(?=\s|>|$)", re.I),
        re.compile(r"</(script|pre|style|textarea)>", re.I),
        True,
    ),
    (re.compile(r"<!--"), re.compile(r"-->"), True),
    (re.compile(rf"</?({BLOCK_TAG})(?=\s|/?>|$)", re.I), re.compile(r"^\s*$"), True),
    (re.compile(r"</?[a-z][a-z0-9-]*(\s[^<>]*)?/?>$", re.I), re.compile(r"^\s*$"), False),
]


class ChapterError(Exception):
    """A chapter that cannot be found or read; the message says what to do."""


@dataclass(frozen=True)
class Cell:
    """One code cell. line is where its source begins in the file, counted from 1."""

    number: int
    line: int
    source: str
    tags: frozenset[str] = frozenset()


def read_cells(text: str) -> list[Cell]:
    """The code cells of a page, in order. Raises ChapterError for a cell whose source is in another file.

    >>> read_cells('Text.\\n\\n```{code-cell} ipython3\\n:tags: [hide-input]\\n\\n1 + 1\\n```\\n')
    [Cell(number=1, line=6, source='1 + 1', tags=frozenset({'hide-input'}))]
    """
    cells: list[Cell] = []
    for line, body in _fences(text.split("\n")):
        options, skipped = _options(body)
        tags = frozenset(re.findall(r"\w[\w-]*", _option(options, "tags")))
        source = "\n".join(body[skipped:])
        if _option(options, "load").strip():
            raise ChapterError(f"line {line}: the cell takes its source from a file (:load:); write it in the cell")
        cells.append(Cell(len(cells) + 1, line + 1 + skipped, source, tags))
    return cells


def _fences(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Each top-level code-cell fence: the number of its first line, from 1, and the lines inside."""
    at = _end_of_front_matter(lines)
    item_indent = None  # where the text of the open list item begins
    while at < len(lines):
        line = lines[at].expandtabs(4)
        indent, text = len(line) - len(line.lstrip()), line.strip()
        at += 1
        if not text or indent >= 4 or (item_indent is not None and indent >= item_indent):
            continue
        item_indent = None
        fence = FENCE.fullmatch(text)
        if fence and not (text.startswith("`") and "`" in fence["info"]):
            end = _end_of_fence(lines, at, fence["marker"])
            if fence["info"].startswith("{code-cell}") and not text.startswith(":"):
                yield at, [_dedent(inside, indent) for inside in lines[at:end]]
            at = end + 1
        elif item := LIST_ITEM.match(text):
            item_indent = indent + len(item[0]) + (len(item[0]) == len(text))
        elif span := next((span for span in HTML_SPANS if span[0].match(text)), None):
            _, last, after_text = span
            if after_text or at == 1 or not lines[at - 2].strip():
                while not last.search(lines[at - 1]) and at < len(lines):
                    at += 1


def _end_of_front_matter(lines: list[str]) -> int:
    if lines and re.fullmatch(r"-{3,}\s*", lines[0]):
        for at in range(1, len(lines)):
            if re.fullmatch(r"-{3,}\s*", lines[at]):
                return at + 1
    return 0


def _end_of_fence(lines: list[str], at: int, marker: str) -> int:
    """The line that closes a fence: up to three blanks, then at least as long a row of the marker and nothing else."""
    closing = re.compile(rf" {{0,3}}{marker[0]}{{{len(marker)},}}\s*")
    return next((end for end in range(at, len(lines)) if closing.fullmatch(lines[end])), len(lines))


def _dedent(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _options(body: list[str]) -> tuple[list[str], int]:
    """The option lines of a cell, as YAML, and how many lines stand before its source."""
    options, skipped = [], 0
    if body and body[0].startswith("---"):
        skipped = next((at + 1 for at in range(1, len(body)) if body[at].startswith("---")), len(body))
        options = [line for line in body[1:skipped] if not line.startswith("---")]
    else:
        while skipped < len(body) and re.match(r"\s*:(?!::)", body[skipped]):
            options.append(body[skipped].lstrip()[1:])
            skipped += 1
    return options, skipped + (skipped < len(body) and not body[skipped].strip())


def _option(options: list[str], name: str) -> str:
    """The text of one option, with the lines of a YAML list below it. (Two options matter here; YAML would be a guest.)"""
    value: list[str] = []
    for line in options:
        if line.startswith(f"{name}:"):
            value = [line.partition(":")[2]]
        elif value and re.match(r"\s|-|\]", line):
            value.append(line)
        elif value:
            break
    return re.sub(r"(^|\s)#.*", "", "\n".join(value))
