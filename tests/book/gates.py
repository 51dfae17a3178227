"""What a chapter must be like, as functions from its text to a list of faults. Each names the line."""

import re
from pathlib import Path

import yaml

BOOK = Path(__file__).parents[2] / "book"
SECTIONS = ["See it", "The idea", "The mathematics", "The code", "The experiment", "Pitfalls", "Remember", "Go further"]
MUST_HAVE = {"See it", "The idea", "The code", "Remember", "Go further"}
DECIMAL = re.compile(r"(?<![\w.:`{$/^-])[−-]?\d+\.\d+(?![\w`}$]|\.\d)")
INLINE = re.compile(r"`[^`]*`|\{[a-z:-]+\}`[^`]*`|\$[^$]*\$")


def chapters() -> list[Path]:
    """Every page that is a notebook."""
    return [
        path
        for path in sorted(BOOK.rglob("*.md"))
        if path.read_text(encoding="utf-8").startswith("---\nfile_format: mystnb")
    ]


def prose_lines(text: str) -> list[tuple[int, str]]:
    """Give the lines a reader reads as sentences, numbered: no front matter, code, formulas, tables or directive options."""
    lines, fence, front = [], "", text.startswith("---\n")
    for number, line in enumerate(text.splitlines(), start=1):
        if front:
            front = not (number > 1 and line == "---")
            continue
        opening = re.match(r"(`{3,}|~{3,}|\$\$)(.*)", line)
        if fence:
            fence = "" if line.strip() == fence or (fence == "$$" and line.startswith("$$")) else fence
        elif opening and not (opening[1] == "$$" and line.rstrip().endswith("$$") and len(line.strip()) > 2):
            fence = opening[1]
        elif not re.match(r"[|#%]|:{1,2}[a-z]|\([a-z-]+\)=|\$\$", line):
            lines.append((number, line))
    return lines


def section_faults(text: str) -> list[str]:
    """The sections of a chapter, in their order."""
    faults, place = [], -1
    seen = set()
    if not re.search(r"^:{3,}\{card\} In one line$", text, re.MULTILINE):
        faults.append("no card 'In one line' at the top")
    for number, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"## ([^:]+)", line)
        if not heading:
            continue
        name = heading[1].strip()
        if name not in SECTIONS:
            faults.append(f"line {number}: section '{name}' is none of {', '.join(SECTIONS)}")
        elif SECTIONS.index(name) <= place:
            faults.append(f"line {number}: section '{name}' comes too late")
        else:
            place = SECTIONS.index(name)
        seen.add(name)
    return faults + [f"section '{name}' is missing" for name in SECTIONS if name in MUST_HAVE - seen]


def typed_result_faults(text: str) -> list[str]:
    """Decimals typed into prose: they belong to a cell, a role or a formula."""
    return [
        f"line {number}: '{found[0]}' is typed; glue it from a cell"
        for number, line in prose_lines(text)
        for found in DECIMAL.finditer(INLINE.sub("", line))
    ]


def stopwatch_faults(text: str) -> list[str]:
    """A page is the same from build to build: no clocks in cells."""
    clock = re.compile(r"\b(perf_counter|process_time|time\.time|timeit|datetime\.now)\b")
    return [
        f"line {n}: {m[0]} in a chapter; times belong to the benchmark"
        for n, line in enumerate(text.splitlines(), 1)
        if (m := clock.search(line))
    ]


def voice_faults(text: str) -> list[str]:
    """Words that LOOK keeps out: they tell a reader who is stuck that it is their fault."""
    words = re.compile(r"\b(simply|obviously|just|trivially|clearly|of course)\b", re.IGNORECASE)
    return [
        f"line {number}: '{found[0]}'"
        for number, line in prose_lines(text)
        for found in words.finditer(INLINE.sub("", line))
    ]


def front_matter_faults(text: str) -> list[str]:
    """A description search engines and cards can show: 50 to 200 characters."""
    front = yaml.safe_load(text.split("---\n")[1])
    length = len(front.get("description", ""))
    return [] if 50 <= length <= 200 else [f"description has {length} characters; wants 50 to 200"]


def claim_faults(text: str) -> list[str]:
    """A chapter measures what it says."""
    count = len(re.findall(r"^nnbook\.check\(", text, re.MULTILINE))
    return [] if count >= 3 else [f"{count} checks; a chapter asserts at least three of its claims"]


GATES = [section_faults, typed_result_faults, stopwatch_faults, voice_faults, front_matter_faults, claim_faults]
