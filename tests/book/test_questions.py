"""The book's own questions: the third witness of every number, and what makes a set of questions a good one.

FORMULAS holds, by id and name, each computed number once more: in NumPy, from the definition, without nnbook. The other
two witnesses, nnbook's `compute` and the `expect` a person typed, are compared by the build, and here again.
"""

import contextlib
import io
import json
import math
from collections import Counter
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from content import ONE_A_CHAPTER, ONE_FILE, computed_numbers, is_program, load, mentions
from questions.__main__ import SCHEMAS, schemas
from questions.letters import shuffled
from questions.parts import close
from witnesses import tidy

BOOK = Path(__file__).parents[2] / "book"
CONTENT = load(BOOK, BOOK.parent)
QUESTIONS = {question.id: question for _, _, question in CONTENT.questions()}
CARDS = {card.id: card for _, _, card in CONTENT.cards()}
PREAMBLES = {entry.id: file.content.preamble for file, _, entry in [*CONTENT.questions(), *CONTENT.cards()]}


DICE = np.random.default_rng(0)


def dot(a, b):
    return float(np.dot(a, b))


def softmax(z):
    raised = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def normal_share(z):
    return (1 + math.erf(z / math.sqrt(2))) / 2


def largest_weight(scale):
    """Average the largest of 16 softmax weights over 2000 draws of one query and 16 keys of 512 standard normal parts."""
    q, k = DICE.standard_normal((2000, 512)), DICE.standard_normal((2000, 16, 512))
    return float(softmax(np.einsum("td,tsd->ts", q, k) * scale).max(axis=-1).mean())


def spread_of_scores(scale):
    return float((DICE.standard_normal((1000, 64)) @ DICE.standard_normal((64, 1000)) * scale).std())


FORMULAS = {
    ("questions", "neuron-pre-activation", "answer"): lambda: dot([1.5, -0.5], [2, 4]) + 0.5,
    ("questions", "activations-sigmoid-stack", "answer"): lambda: 4.0**10,
    ("questions", "activations-softmax", "share"): lambda: 3 / (3 + 1),
    ("questions", "activations-softmax", "warm"): lambda: 3**0.5 / (3**0.5 + 1),
    ("questions", "activations-which-is-which", "dip"): lambda: min(
        z * normal_share(z) for z in np.linspace(-2, 0, 2001)
    ),
    ("cards", "sigmoid", "slope"): lambda: np.diff(1 / (1 + np.exp(-np.array([-1e-4, 1e-4])))).item() / 2e-4,
    ("questions", "attention-why-root", "answer"): lambda: np.sqrt(64),
    ("questions", "attention-why-root", "measured"): lambda: spread_of_scores(1),
    ("questions", "attention-why-root", "scaled"): lambda: spread_of_scores(64**-0.5),
    ("cards", "root-dk", "unscaled"): lambda: largest_weight(1),
    ("cards", "root-dk", "scaled"): lambda: largest_weight(512**-0.5),
}
NUMBERS = {
    (folder, entry.id, name): number
    for folder, entries in (("questions", QUESTIONS), ("cards", CARDS))
    for entry in entries.values()
    for name, _, number in computed_numbers(entry)
}
PROGRAMS = [question for question in QUESTIONS.values() if is_program(question)]


def test_every_number_has_a_formula_and_every_formula_a_number():
    assert set(FORMULAS) == set(NUMBERS), (
        "give each computed number its NumPy formula in FORMULAS, by folder, id and name"
    )


@pytest.mark.parametrize("name", NUMBERS, ids="/".join)
def test_the_three_witnesses_agree(name):
    number, formula = NUMBERS[name], FORMULAS[name]()
    namespace = {}
    exec(PREAMBLES[name[1]], namespace)
    computed = float(eval(number.compute, namespace))
    assert close(computed, number.expect, number.tol)
    assert close(formula, number.expect, number.tol)
    assert close(computed, formula, 2 * number.tol)  # each may be off by tol, to its own side


@pytest.mark.parametrize("question", PROGRAMS, ids=lambda question: question.id)
def test_a_program_prints_what_the_key_says(question):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(question.code, {"__name__": "__main__"})
    key = question.expect or next(option.prints for option in question.options if option.correct)
    assert tidy(printed.getvalue()) == tidy(key)


@pytest.mark.parametrize("chapter", [name for name, _ in CONTENT.of("questions")])
def test_a_chapter_asks_in_several_ways(chapter):
    questions = CONTENT.files[f"questions/{chapter}"].content.questions
    assert 3 <= len(questions) <= 6
    assert len({question.type for question in questions}) >= 3
    assert all(question.id.startswith(f"{chapter}-") for question in questions)


def test_the_right_answer_has_no_favourite_letter():
    letters = Counter(
        letter
        for question in QUESTIONS.values()
        if question.type in ("single", "predict") and question.options
        for letter, option in shuffled(question.id, question.options)
        if option.correct
    )
    assert max(letters.values()) <= max(2, sum(letters.values()) // 2), letters


def test_every_misconception_is_behind_some_answer():
    used = {
        name
        for file, index, _ in CONTENT.questions()
        for _, name in mentions(file.data["questions"][index], "misconception")
    }
    assert used == set(CONTENT.misconceptions())


def test_the_schemas_for_editors_are_those_of_the_code():
    for name, text in schemas().items():
        assert (SCHEMAS / name).read_text(encoding="utf-8") == text, "run: PYTHONPATH=book/_ext python -m questions"


@pytest.mark.parametrize("name", CONTENT.files)
def test_a_file_names_its_schema_and_passes_it(name):
    text = CONTENT.files[name].path.read_text(encoding="utf-8")
    kind = name.split("/")[0]
    assert kind in ONE_FILE | ONE_A_CHAPTER
    up = "../" * name.count("/")
    assert text.startswith(f"# yaml-language-server: $schema={up}schemas/{kind}.schema.json\n")
    jsonschema.validate(yaml.safe_load(text), json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8")))
