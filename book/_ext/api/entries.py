"""One public name on a page: its signature, its words, its place in the index and among Python's objects."""

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from api.mentions import mentions
from api.records import Entry
from api.signatures import signature_node
from api.words import Words


class Entries:
    """Makes the entries of one page. `source_url` is the address of its file in the repository, or ''."""

    def __init__(self, env: BuildEnvironment, words: Words, source_url: str):
        """Note each entry in the environment's Python domain."""
        self.domain, self.words, self.source_url = env.domains.python_domain, words, source_url

    def make(self, entry: Entry) -> list[nodes.Node]:
        """Make an entry, with the members of a class inside it."""
        index = addnodes.index(entries=[])
        node = addnodes.desc(
            domain="py", objtype=entry.kind, desctype=entry.kind, classes=["py", entry.kind, "nn-api", "simple"]
        )
        for signature in entry.signatures or (None,):
            node += signature_node(entry, signature, self.words)
        self._note(entry, node[0], index)
        content = addnodes.desc_content("", *self.words.docstring(entry.doc, entry.doc_line, entry))
        fields = [member for member in entry.members if member.kind == "attribute"]
        if fields:
            # What a record holds belongs to its head, before the words.
            content.insert(0, self._fields(fields, index))
        for member in entry.members:
            if member not in fields:
                content += self.make(member)
        content += mentions(target=entry.full_name)
        node += content
        return [index, node]

    def _fields(self, fields: list[Entry], index: addnodes.index) -> addnodes.desc:
        node = addnodes.desc(
            domain="py", objtype="attribute", desctype="attribute", classes=["py", "attribute", "nn-fields", "simple"]
        )
        for member in fields:
            line = signature_node(member, None, self.words)
            self._note(member, line, index, in_contents=False)
            node += line
        node += addnodes.desc_content()
        return node

    def _note(
        self, entry: Entry, line: addnodes.desc_signature, index: addnodes.index, in_contents: bool = True
    ) -> None:
        """Make a signature a target: of links under its name and those it is handed on by, of the index and the contents."""
        line["ids"] = [entry.full_name]
        line.source, line.line = f"{self.words.root}/{self.words.module.path}", entry.line
        self.domain.note_object(entry.full_name, entry.kind, entry.full_name, location=line)
        for name, home in self.words.package.handed_on.items():
            if home == entry.full_name:
                self.domain.note_object(name, entry.kind, entry.full_name, aliased=True, location=line)
        called = "()" if entry.kind in ("function", "method") else ""
        short = entry.name.rpartition(".")[2]
        within = f"in {line['class']}" if line["class"] else f"in module {entry.module}"
        index["entries"].append(("single", f"{short}{called} ({within})", entry.full_name, "", None))
        line["_toc_parts"] = (entry.module, *entry.name.split("."))
        line["_toc_name"] = short + called if in_contents else ""
        if self.source_url and not line["class"]:
            link = nodes.reference("", "source", refuri=f"{self.source_url}#L{entry.line}", classes=["nn-source"])
            line += [addnodes.desc_sig_space(), link]
