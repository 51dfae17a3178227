"""The HTML of a question: native form elements, complete without a script.

The contract with the script (book/widgets/src/quiz) and the style sheet. Everything below is in the page as built;
the script adds, it never needs markup that is not here.

    <div class="nn-questions" id="questions-neuron" data-questions="neuron"         one a {questions} directive
         data-concept-names='{"weighted-sum": "weighted sum"}'>                    what the score calls each concept
      <form method="dialog" class="nn-question" id="q-ID" data-question="ID" data-rev="1" data-type="TYPE"
            data-concepts="weighted-sum bias" data-source="foundations/neuron#neuron-idea" autocomplete="off">
        <fieldset>                                              (the script may disable it when the question is closed)
          <legend><span class="nn-number">Question 1 of 5</span> <span class="nn-prompt">…</span></legend>
          <div class="nn-setup">…code, table, formula…</div>                                      only where needed
          …the body of the type, below…
          <fieldset class="nn-confidence"><legend>How sure are you? (optional)</legend>
            <label><input type="radio" name="confidence" value="unsure"> not sure</label>
            <label><input type="radio" name="confidence" value="sure"> sure</label></fieldset>
          <p class="nn-controls"><button type="submit" class="nn-check">Check</button></p>
        </fieldset>
        <p class="nn-verdict" role="status"></p>                                 empty; the live region of the script
        <details class="nn-hint"><summary>Hint</summary>…</details>                               only where there is one
        <details class="nn-answer"><summary>Answer</summary>
          <p class="nn-solution">B: …</p>                                                       the right answer, in words
          <ul class="nn-why">
            <li class="nn-feedback" data-feedback="a" data-correct="false" data-misconception="bias-multiplies">
              <span class="nn-feedback-for">A</span> <div class="nn-feedback-text">…</div>
              <span class="nn-misconception">Misconception: <a href="…">The bias multiplies the input</a></span></li> …
          </ul>
          <div class="nn-explanation">…</div>
          <p class="nn-tip"><strong>Remember:</strong> …</p>                                       only where there is one
          <p class="nn-source">Settled in <a href="…">The idea</a></p>
        </details>
        <script type="application/json" class="nn-key">{…}</script>
      </form> …
    </div>

Bodies. Letters are lower case in values and data, upper case in text. They follow a shuffle that depends on the
question's id alone, so they are the same in every build and in every output format.

    single, multiple, predict with options      type is radio, or checkbox for multiple; name is always "answer"
      <p class="nn-note">More than one may be right.</p>                                         multiple only
      <ul class="nn-options"><li class="nn-option" data-option="a">
        <input type="radio" name="answer" value="a" id="q-ID-a">
        <label for="q-ID-a"><span class="nn-letter">A</span> <span class="nn-option-text">…</span></label></li> …</ul>
    numeric                                     text, not type=number: 1/3, 0,5 and 1e-3 are for the script to read
      <p class="nn-entry"><label for="q-ID-answer">Your answer</label>
        <input type="text" inputmode="decimal" name="answer" id="q-ID-answer"> <span class="nn-unit">…</span></p>
    predict without options                     compared after runs of white space are made one blank
      <p class="nn-entry"><label for="q-ID-answer">It prints</label>
        <input type="text" name="answer" id="q-ID-answer" spellcheck="false" autocapitalize="off"></p>
    order                                       values of the selects: "" (not chosen), "1", "2", … the place
      <ul class="nn-order"><li class="nn-item" data-item="a">
        <label for="q-ID-a"><span class="nn-letter">A</span> <span class="nn-item-text">…</span></label>
        <select name="a" id="q-ID-a"><option value="">place</option><option value="1">1</option>…</select></li> …</ul>
    match                                       left items are numbered, right ones lettered; values: "" or a letter
      <ul class="nn-choices"><li data-choice="a"><span class="nn-letter">A</span> …</li> …</ul>
      <ul class="nn-match"><li class="nn-item" data-item="1">
        <label for="q-ID-1"><span class="nn-letter">1</span> <span class="nn-item-text">…</span></label>
        <select name="1" id="q-ID-1"><option value="">choose</option><option value="a">A</option>…</select></li> …</ul>
    cloze                                       blanks numbered in the order of the text
      <div class="nn-cloze">… <select name="1" id="q-ID-1" class="nn-blank" aria-label="Blank 1 of 3">
          <option value="">…</option><option value="a">sum</option>…</select>
        … <input type="text" name="2" id="q-ID-2" class="nn-blank" aria-label="Blank 2 of 3" size="8"> …</div>

The key, JSON with "<" escaped. "wrong" lists the wrong answers that were foreseen; its "feedback" and the option's
letter name the <li data-feedback="…"> to show (a right option may have none). Those list items have no ids inside: the script may clone them.

    single, predict with options  {"answer": "b"}                     feedback: the letter chosen (also the right one)
    multiple    {"answer": ["a", "c"]}                                feedback: each letter chosen or wrongly left out
    numeric     {"answer": 0.731, "tol": 0.001, "wrong": [{"value": 2.0, "feedback": "w1"}]}
                right when |given − answer| ≤ tol · (1 + |answer|); foreseen when the same holds for a "value"
    predict     {"answer": "[0 0 0 1]", "wrong": [{"value": "[0 1 1 1]", "feedback": "w1"}]}
    order       {"answer": ["c", "a", "b"], "wrong": [{"puts": "a", "before": "c", "feedback": "w1"}]}
                feedback "c": why item c stands where it does; "w1" when the reader puts a anywhere before c
    match       {"answer": {"1": "b", "2": "a"}, "wrong": [{"left": "1", "right": "c", "feedback": "w1"}]}
                feedback "1": why the pair belongs together; "w1" when the reader gives c to 1; the first entry that fits
                counts, and one without "left" fits every row
    cloze       {"answer": {"1": {"choice": "b"}, "2": {"number": 0.5, "tol": 0.001}, "3": {"words": ["bias"]}},
                 "wrong": [{"blank": "1", "value": "a", "feedback": "w1"}]}
                words: equal after trimming, without regard to case; "value" is a letter, a number or a word

Without a script (no data-ready on the form) questions.css hides .nn-controls and .nn-confidence, and the answer
stands in its <details>. The script sets data-ready on the form once it works, hides .nn-answer until the question is
closed (a right answer, or a second wrong one), and opens .nn-hint after the first wrong answer.
"""

from html import escape
from json import dumps
from typing import Any

from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

from questions.bodies import Write, body, listed, options
from questions.nodes import blank, misconception_name, part, parts, question, question_set

CONFIDENCE = (
    '<fieldset class="nn-confidence"><legend>How sure are you? (optional)</legend>'
    '<label><input type="radio" name="confidence" value="unsure"> not sure</label> '
    '<label><input type="radio" name="confidence" value="sure"> sure</label></fieldset>'
)
CONTROLS = '<p class="nn-controls"><button type="submit" class="nn-check">Check</button></p>'


def visit_question_set(self: HTML5Translator, node: question_set) -> None:
    self.body.append(
        f'<div class="nn-questions" id="{escape(node["ids"][0])}" data-questions="{escape(node["chapter"])}" '
        f'data-concept-names="{escape(dumps(node["concepts"], ensure_ascii=False))}">\n'
    )


def depart_question_set(self: HTML5Translator, node: question_set) -> None:
    self.body.append("</div>\n")


def visit_question(self: HTML5Translator, node: question) -> None:
    """Write the whole form; the parts write themselves into it where their place is."""

    def write(child: nodes.Element) -> str:
        start = len(self.body)
        for grandchild in child.children:
            grandchild.walkabout(self)
        written = "".join(self.body[start:])
        del self.body[start:]
        return written.strip()

    self.body.append(form(node, write))
    raise nodes.SkipNode


def form(node: question, write: Write) -> str:
    """Give the markup of a question; `write` gives that of a part's content."""
    about = {
        "data-question": node["qid"],
        "data-rev": node["rev"],
        "data-type": node["kind"],
        "data-concepts": " ".join(node["concepts"]),
        "data-source": node["source_name"],
    }
    attributes = " ".join(f'{name}="{escape(str(value))}"' for name, value in about.items())
    prompt, setup = parts(node, "prompt")[0], parts(node, "setup")
    hint = f'<details class="nn-hint"><summary>Hint</summary>\n{write(parts(node, "hint")[0])}</details>'
    return "\n".join(
        [
            f'<form method="dialog" class="nn-question" id="{node["ids"][0]}" {attributes} autocomplete="off">',
            "<fieldset>",
            f'<legend><span class="nn-number">Question {node["number"]} of {node["total"]}</span> '
            f'<span class="nn-prompt">{write(prompt)}</span></legend>',
            *(f'<div class="nn-setup">{write(each)}</div>' for each in setup),
            body(node, write),
            CONFIDENCE,
            CONTROLS,
            "</fieldset>",
            '<p class="nn-verdict" role="status"></p>',
            hint,
            answer(node, write),
            f'<script type="application/json" class="nn-key">{script_safe(node["key"])}</script>',
            "</form>\n",
        ]
    )


def script_safe(data: Any) -> str:
    """Write JSON that may stand inside <script>."""
    return dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def answer(node: question, write: Write) -> str:
    """Give the answer a reader without a script unfolds, and the script takes its feedback from."""
    why = [
        f'<li class="nn-feedback" data-feedback="{each["key"]}" data-correct="{str(each["correct"]).lower()}"'
        + (f' data-misconception="{each["misconception"]}"' if each["misconception"] else "")
        + f'><span class="nn-feedback-for">{escape(each["label"])}</span> {feedback(each, write)}</li>'
        for each in parts(node, "feedback")
    ]
    return "\n".join(
        [
            '<details class="nn-answer"><summary>Answer</summary>',
            f'<p class="nn-solution">{write(parts(node, "solution")[0])}</p>',
            listed("nn-why", why) if why else "",
            f'<div class="nn-explanation">{write(parts(node, "explanation")[0])}</div>',
            f'<p class="nn-tip"><strong>Remember:</strong> {write(parts(node, "tip")[0])}</p>',
            f'<p class="nn-source">Settled in {write(parts(node, "source")[0])}</p>',
            "</details>",
        ]
    )


def feedback(node: part, write: Write) -> str:
    """Give a feedback's text, and the misconception on its own."""
    belief = [child for child in node.children if isinstance(child, misconception_name)]
    text = part("", "", *(child for child in node.deepcopy().children if not isinstance(child, misconception_name)))
    written = f'<div class="nn-feedback-text">{write(text)}</div>'
    return written + "".join(f' <span class="nn-misconception">Misconception: {write(each)}</span>' for each in belief)


def visit_blank(self: HTML5Translator, node: blank) -> None:
    about = f'name="{node["number"]}" id="q-{node["qid"]}-{node["number"]}" class="nn-blank" aria-label="Blank {node["number"]} of {node["total"]}"'
    if node["choices"]:
        self.body.append(f"<select {about}>{options('…', node['choices'])}</select>")
    else:
        self.body.append(f'<input type="text" {about} size="8" autocapitalize="off">')
    raise nodes.SkipNode


def visit_inside(self: HTML5Translator, node: nodes.Element) -> None:
    """Write nothing around the children."""
