"""Read a YAML file of the book's content and check it against its schema; say file, line, id and what to do.

Questions, cards, glossary, notation and misconceptions are all read here, so a mistake in any of them is told alike:

    book/questions/neuron.yaml:12: neuron-bias: unknown field "hnit"; did you mean "hint"?
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from sphinx.errors import SphinxError

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]
NAMING_FIELDS = ("id", "term", "symbol")


class ContentError(SphinxError):
    """One or more mistakes in content files, one a line."""

    category = "The book's content files need a hand"


def nearest(word: object, known: Iterable[str]) -> str:
    """Give '; did you mean "…"?' for the known word closest to this one, or ''."""
    close = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""


def problem(message: str, at: Place = ()) -> PydanticCustomError:
    """Make the error a schema raises; `at` is the place inside the checked object that the message is about."""
    return PydanticCustomError("content", "{message}", {"message": message, "at": at})


class Strict(BaseModel):
    """A record of a content file: no unknown fields, white space around texts is dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_field(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for field in data:
                if field not in cls.model_fields:
                    told = nearest(field, cls.model_fields) or f"; known here: {', '.join(cls.model_fields)}"
                    raise problem(f'unknown field "{field}"{told}', (field,))
        return data


@dataclass(frozen=True)
class ContentFile(Generic[Model]):
    """A file that passed its schema, with the line on which each of its parts begins."""

    path: Path
    shown: str
    data: Any
    lines: dict[Place, int]
    content: Model

    def line(self, *place: str | int) -> int:
        """Give the line of a part, or of the innermost part around it that is written in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def told(self, message: str, *place: str | int) -> str:
        """Put file, line and id before a message about the part at `place`."""
        return tell(self.shown, self.data, self.line(*place), place, message)


def tell(shown: str, data: Any, line: int, place: Place, message: str) -> str:
    """Write one mistake: where it is, in what, and what to do."""
    name, here = "", data
    for part in (*place, None):
        if isinstance(here, dict):
            name = next((str(here[field]) for field in NAMING_FIELDS if here.get(field)), name)
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            break
    return f"{shown}:{line}: {name + ': ' if name else ''}{message}"


def read(path: Path, schema: type[Model], shown: str) -> ContentFile[Model]:
    """Read and check one file; `shown` is its name in messages. Raises ContentError with every mistake found."""
    try:
        data, lines = parse(path.read_text(encoding="utf-8"), path.name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ContentError(f"{shown}:{mark.line + 1 if mark else 1}: not readable as YAML: {error.problem}") from error
    except UnicodeDecodeError as error:
        raise ContentError(f"{shown}:1: not UTF-8: save the file as UTF-8 ({error})") from error
    try:
        content = schema.model_validate(data)
    except ValidationError as error:
        told = [_tell_detail(shown, data, lines, detail) for detail in error.errors()]
        raise ContentError("\n".join(dict.fromkeys(told))) from error
    return ContentFile(path, shown, data, lines, content)


def parse(text: str, name: str) -> tuple[Any, dict[Place, int]]:
    """Give the plain data of a YAML text and the line of each part. Raises yaml.MarkedYAMLError, also for a doubled key."""
    try:
        # libyaml reads sixteen times as fast, which a live preview feels; Python's own loader says better what is wrong.
        return _parse(getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text), name)
    except yaml.MarkedYAMLError:
        return _parse(yaml.SafeLoader(text), name)


def _parse(loader: Any, name: str) -> tuple[Any, dict[Place, int]]:
    loader.name = name
    try:
        root = loader.get_single_node()
        lines = {} if root is None else dict(_lines(root, ()))
        return (None if root is None else loader.construct_document(root)), lines
    finally:
        loader.dispose()


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f'"{key.value}" stands twice here', problem_mark=key.start_mark)
            seen.add(key.value)
            yield from _lines(value, (*place, key.value))
            yield (*place, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*place, index))


def _tell_detail(shown: str, data: Any, lines: dict[Place, int], detail: ErrorDetails) -> str:
    """Turn one of pydantic's errors into a sentence; its location also holds type tags, which the data do not."""
    place: Place = ()
    for part in (*detail["loc"], *detail.get("ctx", {}).get("at", ())):
        if (*place, part) in lines:
            place = (*place, part)
    return tell(shown, data, lines.get(place, 1), place, _sentence(detail))


def _sentence(detail: ErrorDetails) -> str:
    context, given = detail.get("ctx", {}), detail["input"]
    field = detail["loc"][-1] if detail["loc"] else "file"
    match detail["type"]:
        case "content":
            return str(context["message"])
        case "missing":
            return f'field "{field}" is missing; add it'
        case "union_tag_invalid":
            known = str(context["expected_tags"]).replace("'", "").split(", ")
            return f'unknown type "{context["tag"]}"{nearest(context["tag"], known) or "; known: " + ", ".join(known)}'
        case "union_tag_not_found":
            return f"field {context['discriminator']} is missing; it says what kind this is".replace("'", '"')
        case "string_type":
            return f'field "{field}" should be a text, not {given!r}; put it in quotes'
        case "string_pattern_mismatch":
            return f'field "{field}" is {given!r}, which does not match {context["pattern"]}'
        case "model_type" | "model_attributes_type" | "dict_type" | "list_type":
            return f'"{field}" has the wrong form: {detail["msg"]}'
        case _:
            return f'field "{field}": {detail["msg"][0].lower()}{detail["msg"][1:]} (given: {given!r})'
