"""{api}, {api-rooms} and {api-modules}: the contents of a module's page, and the lists of all pages."""

from urllib.parse import urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from api.docstrings import first_sentence
from api.entries import Entries
from api.mentions import mentions
from api.pages import docname_of
from api.records import Module, Package
from api.source import ApiError
from api.words import Words


class _Listing(SphinxDirective):
    """What these directives share: lists of modules, each with what it is for, and their place in the table of contents."""

    @property
    def package(self) -> Package:
        """The package as it was read for this build."""
        return self.env.nnbook_api

    def words(self, module: Module) -> Words:
        """Give what typesets the docstrings of a module on this page."""
        return Words(self.package, module, self.env.docname, str(self.config.nnbook_api_root or self.env.app.confdir))

    def listed(self, modules: list[Module], names: bool) -> list[nodes.Node]:
        """List modules with their first sentence and, if asked, the names in them; the contents get them too."""
        if not modules:
            return []
        rows = nodes.definition_list("", classes=["nn-modules"])
        for module in modules:
            words = self.words(module)
            term = nodes.term("", "", words.link(module.name, module.name))
            about = nodes.definition("", nodes.paragraph("", "", *words.phrase(first_sentence(module.doc))))
            public = [*(entry.full_name for entry in module.entries), *(self.handed_on(module))]
            if names and public:
                about += self.name_list(words, public)
            rows += nodes.definition_list_item("", term, about)
        return [rows, self._toctree(modules)]

    def handed_on(self, module: Module) -> list[str]:
        """Give where the names that a package hands on are defined, in the order of its `__all__`."""
        full = [f"{module.name}.{name}" for name in module.exports]
        return [self.package.handed_on[name] for name in full if name in self.package.handed_on]

    @staticmethod
    def name_list(words: Words, homes: list[str]) -> nodes.paragraph:
        """List names as links, all in one paragraph."""
        line = nodes.paragraph("", "", classes=["nn-names"])
        for home in homes:
            line += [words.link(home.rpartition(".")[2], home), nodes.Text(" ")]
        return line

    def _toctree(self, modules: list[Module]) -> nodes.Node:
        pages = [(module.name.rpartition(".")[2], docname_of(self.package, module.name)) for module in modules]
        tree = addnodes.toctree(
            "", hidden=True, glob=False, numbered=0, maxdepth=-1, titlesonly=True, includehidden=False
        )
        tree.update_all_atts({"parent": self.env.docname, "entries": pages, "caption": None}, replace=True)
        tree["includefiles"] = [docname for _, docname in pages]
        tree["rawentries"], tree["rawcaption"] = [title for title, _ in pages], ""
        self.set_source_info(tree)
        return nodes.compound("", tree, classes=["toctree-wrapper"])


class Rooms(_Listing):
    """`{api-rooms}`: the package itself and its rooms."""

    def run(self) -> list[nodes.Node]:
        """List them without the names in them, which are many."""
        rooms = [module for module in self.package.children(self.package.name) if module.is_package]
        return self.listed([self.package.modules[self.package.name], *rooms], names=False)


class Singles(_Listing):
    """`{api-modules}`: the modules outside all rooms."""

    def run(self) -> list[nodes.Node]:
        """List them with the names in them."""
        modules = [module for module in self.package.children(self.package.name) if not module.is_package]
        return self.listed(modules, names=True)


class Api(_Listing):
    """`{api} nnbook.layers.attention`: everything public in one module."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the module's words, the names it hands on, its modules and its entries. Raises ApiError for an unknown module."""
        name = self.arguments[0]
        module = self.package.modules.get(name)
        if module is None:
            raise ApiError(f"{self.env.doc2path(self.env.docname)}:{self.lineno}: there is no public module {name}")
        words = self.words(module)
        parts: list[nodes.Node] = [*self._target(module), *words.docstring(module.doc, module.doc_line)]
        handed_on = self.handed_on(module)
        if handed_on:
            intro = nodes.paragraph("", "", nodes.Text("To import from here:"))
            parts += [intro, self.name_list(words, handed_on)]
        if name != self.package.name:  # the index page lists the rooms
            parts += self.listed(list(self.package.children(name)), names=True)
        entries = Entries(self.env, words, self._source_url(module))
        for entry in module.entries:
            parts += entries.make(entry)
        return [*parts, mentions(target=name)]

    def _target(self, module: Module) -> list[nodes.Node]:
        """Make the page the target of links to the module."""
        target = nodes.target("", "", ids=[f"module-{module.name}"], ismod=True)
        domain = self.env.domains.python_domain
        domain.note_module(module.name, target["ids"][0], first_sentence(module.doc), "", False)
        domain.note_object(module.name, "module", target["ids"][0], location=target)
        index = addnodes.index(entries=[("single", f"{module.name} (module)", target["ids"][0], "", None)])
        return [index, target]

    def _source_url(self, module: Module) -> str:
        """Give the address of a module's file in the public repository; '' where the repository is not known, or not on GitHub."""
        repository = self.config.html_context.get("repository_url", "")
        return f"{repository}/blob/HEAD/{module.path}" if urlsplit(repository).hostname == "github.com" else ""
