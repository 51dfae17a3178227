"""All content files of the book, read and checked once at the start of a build, in the process all workers come from.

What one file says of another is checked here: ids are unique, misconceptions and concepts exist.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from content_files import ContentError, ContentFile, Place, nearest, read
from questions.parts import Computed
from questions.schema import AnyQuestion, Predict, QuestionFile
from remember.schema import Card, CardFile, GlossaryFile, Misconception, MisconceptionFile, NotationFile
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ONE_FILE = {"misconceptions": MisconceptionFile, "glossary": GlossaryFile, "notation": NotationFile}
ONE_A_CHAPTER = {"questions": QuestionFile, "cards": CardFile}


@dataclass
class Content:
    """The content files, by folder and name: `files["questions/neuron"]`, `files["glossary"]`."""

    files: dict[str, ContentFile[Any]] = field(default_factory=dict)

    def misconceptions(self) -> dict[str, Misconception]:
        """Give the misconceptions by id."""
        file = self.files.get("misconceptions")
        return {entry.id: entry for entry in file.content.misconceptions} if file else {}

    def concepts(self) -> dict[str, str]:
        """Give every concept's slug with the term it stands for."""
        file = self.files.get("glossary")
        return {entry.slug: entry.term for entry in file.content.terms} if file else {}

    def of(self, folder: str) -> Iterator[tuple[str, ContentFile[Any]]]:
        """Give the files of a folder with the chapter's short name."""
        for name, file in self.files.items():
            if name.startswith(f"{folder}/"):
                yield name.removeprefix(f"{folder}/"), file

    def questions(self) -> Iterator[tuple[ContentFile[QuestionFile], int, AnyQuestion]]:
        """Give every question with its file and its number in it."""
        for _, file in self.of("questions"):
            for index, question in enumerate(file.content.questions):
                yield file, index, question

    def cards(self) -> Iterator[tuple[ContentFile[CardFile], int, Card]]:
        """Give every card with its file and its number in it."""
        for _, file in self.of("cards"):
            for index, card in enumerate(file.content.cards):
                yield file, index, card


def load(srcdir: Path, confdir: Path) -> Content:
    """Read and check every content file below `srcdir`. Raises ContentError with every mistake in every file."""
    paths = {name: srcdir / f"{name}.yaml" for name in ONE_FILE}
    paths |= {
        f"{folder}/{path.stem}": path for folder in ONE_A_CHAPTER for path in sorted((srcdir / folder).glob("*.yaml"))
    }
    content, mistakes = Content(), []
    for name, path in paths.items():
        if path.exists():
            schema = ONE_FILE.get(name) or ONE_A_CHAPTER[name.split("/")[0]]
            try:
                content.files[name] = read(path, schema, shown_path(path, confdir))
            except ContentError as error:
                mistakes.append(str(error))
    # Only whole files can be compared with each other: a misconception in a broken list would seem not to exist.
    mistakes = mistakes or [*_doubled_ids(content), *_unknown_names(content)]
    if mistakes:
        raise ContentError("\n".join(mistakes))
    return content


def shown_path(path: Path, confdir: Path) -> str:
    """Write a path as messages show it: from the repository's root where it lies there."""
    return path.relative_to(confdir).as_posix() if path.is_relative_to(confdir) else path.as_posix()


def _doubled_ids(content: Content) -> Iterator[str]:
    for field_name, entries in (
        ("id", [(file, ("questions", index), question.id) for file, index, question in content.questions()]),
        ("id", [(file, ("cards", index), card.id) for file, index, card in content.cards()]),
        ("id", _entries(content, "misconceptions", "misconceptions", "id")),
        ("term", [*_entries(content, "glossary", "terms", "term"), *_other_names(content)]),
        ("symbol", _entries(content, "notation", "symbols", "symbol")),
    ):
        first: dict[str, str] = {}
        for file, place, name in entries:
            here = f"{file.shown}:{file.line(*place, field_name)}"
            known = name.lower() if field_name == "term" else name  # {term} finds terms whatever their case
            if known in first:
                todo = (
                    "ids are permanent, so give the newer one another"
                    if field_name == "id"
                    else "merge the two entries"
                )
                yield file.told(f'"{name}" stands already in {first[known]}; {todo}', *place, field_name)
            first.setdefault(known, here)


def _entries(content: Content, name: str, listed: str, field_name: str) -> list[tuple[ContentFile[Any], Place, str]]:
    file = content.files.get(name)
    entries = getattr(file.content, listed) if file else []
    return [(file, (listed, index), getattr(entry, field_name)) for index, entry in enumerate(entries) if file]


def _other_names(content: Content) -> list[tuple[ContentFile[Any], Place, str]]:
    file = content.files.get("glossary")
    terms = file.content.terms if file else []
    return [
        (file, ("terms", index, "also", number), other)
        for index, entry in enumerate(terms)
        for number, other in enumerate(entry.also)
        if file
    ]


def _unknown_names(content: Content) -> Iterator[str]:
    known, concepts = content.misconceptions(), content.concepts()
    for file, index, question in content.questions():
        for place, name in mentions(file.data["questions"][index], "misconception"):
            if name not in known:
                told = nearest(name, known) or "; add it to misconceptions.yaml"
                yield file.told(f'there is no misconception "{name}"{told}', "questions", index, *place)
        for number, concept in enumerate(question.concepts):
            if concept not in concepts:
                told = nearest(concept, concepts) or "; add the term to glossary.yaml"
                yield file.told(
                    f'there is no concept "{concept}" in the glossary{told}', "questions", index, "concepts", number
                )


def mentions(data: Any, field_name: str, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Give every value of a field of that name in nested data, with its place."""
    pairs: Iterable[tuple[str | int, Any]] = ()
    if isinstance(data, dict):
        pairs = data.items()
    elif isinstance(data, list):
        pairs = enumerate(data)
    for key, value in pairs:
        if key == field_name and isinstance(value, str):
            yield (*place, key), value
        yield from mentions(value, field_name, (*place, key))


def computed_numbers(entry: AnyQuestion | Card) -> Iterator[tuple[str, Place, Computed]]:
    """Give the computed numbers of a question or card: its name in texts, its place in the entry, the number."""
    if isinstance(entry, Computed):
        yield "answer", (), entry
    for key, blank in getattr(entry, "blanks", {}).items():
        if isinstance(blank, Computed):
            yield key, ("blanks", key), blank
    for name, number in entry.numbers.items():
        yield name, ("numbers", name), number


def is_program(entry: AnyQuestion | Card) -> bool:
    """Tell whether the entry's key is what a program prints."""
    return isinstance(entry, Predict)


def load_content(app: Sphinx) -> None:
    """Read the content before anything else asks for it."""
    app.env.nnbook_content = load(Path(app.srcdir), Path(app.confdir))  # type: ignore[attr-defined]


def content_of(env: BuildEnvironment) -> Content:
    """Give the content of this build."""
    return env.nnbook_content  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", load_content, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
