"""Signatures as nodes: a parameter a line where they are long, shapes told from types, the package's own names linked."""

import re

from docutils import nodes
from sphinx import addnodes

from api.records import Entry, Parameter, Signature
from api.words import Words

LONGEST = 76  # characters of a signature that stands in one line on a laptop
_TOKEN = re.compile(r'r?"[^"]*"|r?\'[^\']*\'|[A-Za-z_][\w.]*|\d[\w.]*|\s+|.')


def signature_node(entry: Entry, signature: Signature | None, words: Words) -> addnodes.desc_signature:
    """Make the line that says what a name is: `attend(q: Float[Array, "t d_k"], …) -> Float[Array, "t d_v"]`."""
    node = addnodes.desc_signature("", "", module=entry.module, fullname=entry.name, classes=["py"])
    node["class"] = entry.name.rpartition(".")[0]
    short = entry.name.rpartition(".")[2]
    if entry.kind in ("class", "exception", "property"):
        node += addnodes.desc_annotation("", "", nodes.Text(entry.kind), addnodes.desc_sig_space())
    node += addnodes.desc_name(short, short)
    if entry.kind == "property":
        node += annotation_nodes(signature.returns if signature else "", words, ": ")
    elif signature is not None:
        node += _arguments(signature, words)
        if len(node.astext()) > LONGEST:
            node["classes"].append("nn-long")
    else:
        node += [*annotation_nodes(entry.annotation, words, ": "), *annotation_nodes(entry.value, words, " = ")]
        if entry.kind == "attribute" and entry.doc:  # a field has no other place for its words
            node += nodes.inline("", "  ", *words.phrase(entry.doc), classes=["nn-comment"])
    return node


def _arguments(signature: Signature, words: Words) -> list[nodes.Node]:
    found: list[nodes.Node] = [_sign("(")]
    line = nodes.inline("", "", classes=["nn-parameter"])
    for parameter in signature.parameters:
        line += _parameter(parameter, words)
        if parameter is not signature.parameters[-1]:
            line += _sign(",")
            if parameter.name == "*":  # it stands in the line of the parameter that it makes keyword-only
                line += addnodes.desc_sig_space()
                continue
            found += [line, addnodes.desc_sig_space()]
            line = nodes.inline("", "", classes=["nn-parameter"])
    return [*found, line, _sign(")"), *annotation_nodes(signature.returns, words, " -> ")]


def _parameter(parameter: Parameter, words: Words) -> list[nodes.Node]:
    stars, name = re.fullmatch(r"(\*{0,2}|/)(\w*)", parameter.name).groups()
    found: list[nodes.Node] = [addnodes.desc_sig_operator("", stars)] if stars else []
    if name:
        found.append(addnodes.desc_sig_name("", name))
    equals = " = " if parameter.annotation else "="
    return [
        *found,
        *annotation_nodes(parameter.annotation, words, ": "),
        *annotation_nodes(parameter.default, words, equals),
    ]


def annotation_nodes(source: str, words: Words, before: str) -> list[nodes.Node]:
    """Set an annotation or a value after the sign that announces it; nothing where there is none."""
    if not source:
        return []
    found: list[nodes.Node] = [_sign(before.rstrip() if before == ": " else before)]
    if before == ": ":
        found.append(addnodes.desc_sig_space())
    for token in _TOKEN.findall(source):
        if token[0] in "\"'" or token[:2] in ('r"', "r'"):
            found.append(addnodes.desc_sig_literal_string("", token, classes=["nn-shape"]))
        elif re.match(r"[A-Za-z_]", token):
            home = words.package.find(token, words.module.name) if _is_ours(token, words) else ""
            found.append(words.link(token, home, code=False))
        else:
            found.append(nodes.Text(token))
    return found


def _is_ours(token: str, words: Words) -> bool:
    """Say whether a name in code is one that the module defines or imports: code has no other names."""
    return token.split(".")[0] in words.module.scope


def _sign(text: str) -> addnodes.desc_sig_punctuation:
    return addnodes.desc_sig_punctuation("", text)
