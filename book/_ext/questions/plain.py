"""Questions for builders without form elements: exercises with literal letters, and their answers, linked both ways."""

from collections.abc import Sequence

from docutils import nodes

from questions.nodes import blank, misconception_name, part, parts, question

MULTIPLE = "More than one may be right."


def exercise(node: question, answer: nodes.Node | None) -> list[nodes.Node]:
    """Write a question; `answer` links to its answer, or is None if that follows below."""
    asked = paragraph(strong(f"Question {node['number']}."), nodes.Text(" "), *content(node, "prompt"))
    asked.insert(0, nodes.target("", "", ids=list(node["ids"])))
    shown: list[nodes.Node] = [asked]
    for each in parts(node, "setup"):
        shown += copies(each)
    if node["kind"] == "multiple":
        shown.append(paragraph(nodes.Text(MULTIPLE)))
    shown += lettered(parts(node, "option") + parts(node, "choice"))
    shown += lettered(parts(node, "item"), after=" ____" if parts(node, "choice") else "")
    for each in parts(node, "text"):
        shown += [with_gaps(child) for child in copies(each)]
    if node["kind"] == "order":
        shown.append(paragraph(nodes.Text("Order: " + " ".join(["____"] * len(parts(node, "item"))))))
    shown += titled("Hint.", parts(node, "hint")[0])
    if answer:
        shown.append(paragraph(nodes.Text("Answer: "), answer))
    return shown


def answer(node: question, back: str) -> list[nodes.Node]:
    """Write the answer to a question; `back` is where the question stands, or '' for no link."""
    name = f"Question {node['number']}"
    named = link(name, back) if back else nodes.Text(name)
    first = paragraph(strong("Answer to"), nodes.Text(" "), named, nodes.Text(": "), *content(node, "solution"))
    first.insert(0, nodes.target("", "", ids=[f"answer-{node['qid']}"]))
    shown: list[nodes.Node] = [first]
    why = nodes.bullet_list(bullet="*")
    for each in parts(node, "feedback"):
        belief = [child.deepcopy() for child in each.children if isinstance(child, misconception_name)]
        text = [child.deepcopy() for child in each.children if not isinstance(child, misconception_name)]
        blocks = titled(f"{each['label']}:", part("", "", *text))
        if belief:
            blocks.append(paragraph(nodes.emphasis("", "Misconception:"), nodes.Text(" "), *belief))
        why += nodes.list_item("", *blocks)
    if why.children:
        shown.append(why)
    shown += copies(parts(node, "explanation")[0])
    shown.append(paragraph(strong("Remember:"), nodes.Text(" "), *content(node, "tip")))
    shown.append(paragraph(nodes.Text("Settled in "), *content(node, "source")))
    return shown


def content(node: question, name: str) -> list[nodes.Node]:
    """Give copies of what stands in the first part of that name."""
    return copies(parts(node, name)[0])


def copies(each: nodes.Element) -> list[nodes.Node]:
    return [child.deepcopy() for child in each.children]


def strong(text: str) -> nodes.strong:
    return nodes.strong("", text)


def link(text: str, uri: str) -> nodes.reference:
    return nodes.reference(text, text, internal=True, refuri=uri)


def paragraph(*children: nodes.Node) -> nodes.paragraph:
    return nodes.paragraph("", "", *children)


def titled(title: str, each: nodes.Element) -> list[nodes.Node]:
    """Write blocks with a title run into the first paragraph."""
    blocks = copies(each)
    if blocks and isinstance(blocks[0], nodes.paragraph):
        blocks[0][:0] = [strong(title), nodes.Text(" ")]
        return blocks
    return [paragraph(strong(title)), *blocks]


def lettered(rows: Sequence[part], after: str = "") -> list[nodes.Node]:
    """Write one line for each row. Letters are literal text: a list would count anew in every format."""
    if not rows:
        return []
    lines = [
        nodes.line("", "", strong(f"{row['letter'].upper()})"), nodes.Text(" "), *copies(row), nodes.Text(after))
        for row in rows
    ]
    return [nodes.line_block("", *lines)]


def with_gaps(block: nodes.Node) -> nodes.Node:
    """Write the gaps of a cloze text as lines to fill, with what may stand there."""
    for gap in list(block.findall(blank)):
        choices = " / ".join(text for _, text in gap["choices"])
        gap.replace_self(nodes.Text(f"____ ({gap['number']}{': ' + choices if choices else ''})"))
    return block
