"""The body of a question's form, by type: what the reader operates. The markup is described in html.py."""

from collections.abc import Callable
from html import escape

from docutils import nodes

from questions.nodes import part, parts, question

Write = Callable[[nodes.Element], str]


def body(node: question, write: Write) -> str:
    """Give the markup of what the reader operates."""
    if "inputs" in node:
        return choice(node, write)
    return BODIES[node["kind"]](node, write)


def letter(name: str) -> str:
    return f'<span class="nn-letter">{name.upper()}</span>'


def choice(node: question, write: Write) -> str:
    rows = []
    for option in parts(node, "option"):
        value, name = option["letter"], f"q-{node['qid']}-{option['letter']}"
        rows.append(
            f'<li class="nn-option" data-option="{value}"><input type="{node["inputs"]}" name="answer" value="{value}" id="{name}">'
            f'<label for="{name}">{letter(value)} <span class="nn-option-text">{write(option)}</span></label></li>'
        )
    note = '<p class="nn-note">More than one may be right.</p>\n' if node["kind"] == "multiple" else ""
    return note + listed("nn-options", rows)


def entry(node: question, write: Write) -> str:
    name = f"q-{node['qid']}-answer"
    if node["kind"] == "predict":
        return (
            f'<p class="nn-entry"><label for="{name}">It prints</label> '
            f'<input type="text" name="answer" id="{name}" spellcheck="false" autocapitalize="off"></p>'
        )
    unit = f' <span class="nn-unit">{escape(node["unit"])}</span>' if node["unit"] else ""
    return (
        f'<p class="nn-entry"><label for="{name}">Your answer</label> '
        f'<input type="text" inputmode="decimal" name="answer" id="{name}">{unit}</p>'
    )


def order(node: question, write: Write) -> str:
    items = parts(node, "item")
    places = [(str(place), str(place)) for place in range(1, len(items) + 1)]
    return listed("nn-order", [row(node, item, "place", places, write) for item in items])


def match(node: question, write: Write) -> str:
    choices = [(each["letter"], each["letter"].upper()) for each in parts(node, "choice")]
    shown = [
        f'<li data-choice="{each["letter"]}">{letter(each["letter"])} {write(each)}</li>'
        for each in parts(node, "choice")
    ]
    rows = [row(node, item, "choose", choices, write) for item in parts(node, "item")]
    return listed("nn-choices", shown) + "\n" + listed("nn-match", rows)


def row(node: question, item: part, empty: str, choices: list[tuple[str, str]], write: Write) -> str:
    value, name = item["letter"], f"q-{node['qid']}-{item['letter']}"
    return (
        f'<li class="nn-item" data-item="{value}"><label for="{name}">{letter(value)} '
        f'<span class="nn-item-text">{write(item)}</span></label> <select name="{value}" id="{name}">{options(empty, choices)}</select></li>'
    )


def options(empty: str, choices: list[tuple[str, str]]) -> str:
    rows = [
        f'<option value="">{empty}</option>',
        *(f'<option value="{value}">{escape(text)}</option>' for value, text in choices),
    ]
    return "".join(rows)


def cloze(node: question, write: Write) -> str:
    return f'<div class="nn-cloze">{write(parts(node, "text")[0])}</div>'


def listed(name: str, rows: list[str]) -> str:
    return f'<ul class="{name}">\n' + "\n".join(rows) + "\n</ul>"


BODIES: dict[str, Callable[[question, Write], str]] = {
    "numeric": entry,
    "predict": entry,
    "order": order,
    "match": match,
    "cloze": cloze,
}
