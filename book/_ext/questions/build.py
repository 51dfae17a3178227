"""Make the nodes and the key of each type of question. The key is what the script grades by; html.py describes it."""

from collections.abc import Sequence
from typing import Any

from docutils import nodes
from texts import Texts
from witnesses import tidy

from questions.letters import shuffled
from questions.nodes import blank, misconception_name, part, question, section_name
from questions.parts import Choice, Foreseen
from questions.schema import AnyQuestion, Cloze, Match, Multiple, Numeric, Order, Predict


class Builder:
    """Builds one question: its parts in the order of the page, then the key."""

    def __init__(self, asked: AnyQuestion, texts: Texts, beliefs: dict[str, str]):
        """Begin the node of a question; `beliefs` are the misconceptions' texts by id."""
        self.asked, self.texts, self.beliefs = asked, texts, beliefs
        self.node = question(
            qid=asked.id,
            rev=asked.rev,
            kind=asked.type,
            concepts=asked.concepts,
            source_name=asked.source,
            ids=[f"q-{asked.id}"],
        )
        self.why: list[part] = []
        self.wrong: list[dict[str, Any]] = []

    def build(self) -> question:
        """Give the question's node, complete."""
        asked = self.asked
        self.add("prompt", self.texts.phrase(asked.prompt, "prompt"))
        setup = self.texts.blocks(asked.setup, "setup") if asked.setup else []
        if isinstance(asked, Predict):
            setup = [*setup, nodes.literal_block(asked.code, asked.code, language="python", classes=["nn-program"])]
        if setup:
            self.add("setup", setup)
        match asked:
            case Predict(options=None) | Numeric():
                answer, solution = self.entry()
            case Order():
                answer, solution = self.order()
            case Match():
                answer, solution = self.match()
            case Cloze():
                answer, solution = self.cloze()
            case _:
                answer, solution = self.choice()
        self.add("hint", self.texts.blocks(asked.hint, "hint"))
        self.add("solution", solution)
        self.node += self.why
        self.add("explanation", self.texts.blocks(asked.explanation, "explanation"))
        self.add("tip", self.texts.phrase(asked.tip, "tip"))
        self.add("source", [section_name(target=asked.source)])
        self.node["key"] = {"answer": answer} | ({"wrong": self.wrong} if self.wrong else {})
        if isinstance(asked, Numeric):
            self.node["key"]["tol"] = asked.tol
        return self.node

    def add(self, name: str, children: Sequence[nodes.Node], **attributes: Any) -> None:
        """Add a part to the question."""
        self.node += part("", "", *children, name=name, **attributes)

    def explain(self, key: str, label: str, why: Choice | Foreseen | Any, *place: str | int) -> None:
        """Add the feedback of an option, an item or a foreseen mistake, with the misconception behind it."""
        belief = getattr(why, "misconception", None)
        feedback = part(
            "",
            "",
            *self.texts.blocks(why.feedback, *place, "feedback"),
            name="feedback",
            key=key,
            label=label,
            correct=belief is None,
            misconception=belief or "",
        )
        if belief:
            feedback += misconception_name("", self.beliefs[belief], mid=belief)
        self.why.append(feedback)

    def foresee(self, label: str, why: Foreseen, *place: str | int, **when: Any) -> None:
        """Add a wrong answer that was foreseen to the key and its feedback to the answer."""
        name = f"w{len(self.wrong) + 1}"
        self.wrong.append({**when, "feedback": name})
        self.explain(name, label, why, *place)

    def choice(self) -> tuple[Any, list[nodes.Node]]:
        """Add options with their letters; give the key and the answer in words, as the next four do."""
        options = self.asked.options
        self.node["inputs"] = "checkbox" if isinstance(self.asked, Multiple) else "radio"
        right, solution = [], []
        for letter, (index, option) in shuffled(self.asked.id, list(enumerate(options))):

            def content(option=option, index=index) -> list[nodes.Node]:
                if isinstance(self.asked, Predict):
                    return output(option.prints)
                return self.texts.phrase(option.text, "options", index, "text")

            self.add("option", content(), letter=letter)
            if option.feedback:
                self.explain(letter, letter.upper(), option, "options", index)
            if option.correct:
                right.append(letter)
                solution = [nodes.Text(f"{letter.upper()}: "), *content()]
        if isinstance(self.asked, Multiple):
            return right, [nodes.Text(", ".join(letter.upper() for letter in right))]
        return right[0], solution

    def entry(self) -> tuple[Any, list[nodes.Node]]:
        """Ask for a number or for what a program prints."""
        asked = self.asked
        for index, foreseen in enumerate(asked.wrong):
            shown = f"{foreseen.value:g}" if isinstance(asked, Numeric) else foreseen.value
            self.foresee(shown, foreseen, "wrong", index, value=foreseen.value)
        if isinstance(asked, Numeric):
            self.node["unit"] = asked.unit
            answer = self.texts.values["answer"]
            return answer, [nodes.Text(f"{answer:.4g} {asked.unit}".strip())]
        return tidy(asked.expect), output(tidy(asked.expect))

    def order(self) -> tuple[Any, list[nodes.Node]]:
        """Show the items out of order; the key is their letters in order."""
        letters = {}
        for letter, (index, item) in shuffled(self.asked.id, list(enumerate(self.asked.items))):
            letters[item.key] = letter
            self.add("item", self.texts.phrase(item.text, "items", index, "text"), letter=letter)
        for index, item in enumerate(self.asked.items):
            self.explain(letters[item.key], letters[item.key].upper(), item, "items", index)
        for index, swap in enumerate(self.asked.wrong):
            puts, before = letters[swap.puts], letters[swap.before]
            self.foresee(f"{puts.upper()} before {before.upper()}", swap, "wrong", index, puts=puts, before=before)
        answer = [letters[item.key] for item in self.asked.items]
        return answer, [nodes.Text(", ".join(letter.upper() for letter in answer))]

    def match(self) -> tuple[Any, list[nodes.Node]]:
        """Number the left sides, letter the right ones; the key says which letter each number gets."""
        sides = [(pair.key, pair.right, ("pairs", index, "right")) for index, pair in enumerate(self.asked.pairs)]
        sides += [(extra.key, extra.right, ("extras", index, "right")) for index, extra in enumerate(self.asked.extras)]
        letters = {}
        for letter, (key, text, place) in shuffled(self.asked.id, sides):
            letters[key] = letter
            self.add("choice", self.texts.phrase(text, *place), letter=letter)
        self.node["places"] = len(sides)
        numbers = {pair.key: str(index + 1) for index, pair in enumerate(self.asked.pairs)}
        for index, pair in enumerate(self.asked.pairs):
            self.add("item", self.texts.phrase(pair.left, "pairs", index, "left"), letter=numbers[pair.key])
            self.explain(numbers[pair.key], f"{numbers[pair.key]} – {letters[pair.key].upper()}", pair, "pairs", index)
        for index, mistake in enumerate(self.asked.wrong):
            left, right = numbers[mistake.left], letters[mistake.right]
            self.foresee(f"{left} – {right.upper()}", mistake, "wrong", index, left=left, right=right)
        for index, extra in enumerate(self.asked.extras):
            # An extra is wrong whatever it is given to, unless a mistake above says more.
            self.foresee(letters[extra.key].upper(), extra, "extras", index, right=letters[extra.key])
        answer = {numbers[pair.key]: letters[pair.key] for pair in self.asked.pairs}
        return answer, [nodes.Text(", ".join(f"{left} – {right.upper()}" for left, right in answer.items()))]

    def cloze(self) -> tuple[Any, list[nodes.Node]]:
        """Number the gaps as they stand in the text and say what may fill each."""
        blocks = self.texts.blocks(self.asked.text, "text")
        self.add("text", blocks)
        answer, solution = {}, []
        gaps = [gap for block in blocks for gap in block.findall(blank)]
        for number, gap in enumerate(gaps, 1):
            key, name = gap["key"], str(number)
            described = self.asked.blanks[key]
            choices = []
            if described.kind == "choice":
                options = list(enumerate(described.options))
                choices = [(letter, option.text) for letter, (_, option) in shuffled(f"{self.asked.id}.{key}", options)]
                for letter, (index, option) in shuffled(f"{self.asked.id}.{key}", options):
                    if option.correct:
                        answer[name], shown = {"choice": letter}, option.text
                    else:
                        self.foresee(
                            f"Blank {name}: {option.text}",
                            option,
                            "blanks",
                            key,
                            "options",
                            index,
                            blank=name,
                            value=letter,
                        )
            elif described.kind == "number":
                got = self.texts.values[key]
                answer[name], shown = {"number": got, "tol": described.tol}, f"{got:.4g}"
            else:
                answer[name], shown = {"words": described.words}, described.words[0]
            for index, foreseen in enumerate(getattr(described, "wrong", ())):
                value = f"{foreseen.value:g}" if described.kind == "number" else foreseen.value
                self.foresee(
                    f"Blank {name}: {value}", foreseen, "blanks", key, "wrong", index, blank=name, value=foreseen.value
                )
            gap.attributes.update(qid=self.asked.id, number=number, total=len(gaps), choices=choices)
            solution.append(f"{name}: {shown}")
        return answer, [nodes.Text("; ".join(solution))]


def output(text: str) -> list[nodes.Node]:
    """Show what a program prints, inside a line of text."""
    lines = text.splitlines()
    shown: list[nodes.Node] = []
    for index, line in enumerate(lines):
        shown += [nodes.literal(line, line)] + ([nodes.Text(" ⏎ ")] if index + 1 < len(lines) else [])
    return shown
