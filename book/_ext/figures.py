"""Figures and widgets of cells: inline SVG with a caption on the page, a picture with alt text everywhere else.

A cell's `nnbook.plotting.Figure` or `nnbook.widgets.Widget` comes as the MIME type below. myst-nb renders every MIME type
while it reads a page, and chooses one when it writes; numbers of figures are given in between. So the figure, with caption
and label, is made while reading, around a placeholder; what stands in it is put there when the builder is known.

The words in the SVG are text on the page: a reader can find and copy them. They do not go into the search index, where
the numbers on axes would be hits; the caption does.
"""

import re

from docutils import nodes
from myst_nb._compat import get_env_app
from myst_nb.core.render import load_mime_renders
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

MIME = "application/vnd.nnbook.figure+json"
PNG = "image/png"
ID = re.compile(r' id="([^"]+)"')
WITHOUT_SCRIPT = '<noscript><p class="nn-note">Where JavaScript runs, this picture can be operated.</p></noscript>'


class picture(nodes.General, nodes.Inline, nodes.Element):  # noqa: N801, docutils' nodes are lower case
    """The place of the picture in its figure: alt text, and the markup for pages that can show it."""


class FigureRenderer:
    """Makes a figure of a cell's output; myst-nb calls it for each MIME type of each output."""

    mime_priority_overrides = (("*", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Element] | None:
        """The figure; nothing for its other forms that the book does not need; None for what is not ours."""
        if inline or MIME not in (data.mime_type, *data.output_metadata):
            return None
        if data.mime_type == MIME:
            return [make_figure(renderer, data.content, data.line or 0)]
        return None if data.mime_type == PNG else []


def make_figure(renderer, content: dict, line: int) -> nodes.figure:
    """The figure of one output, with its caption parsed as MyST and its label as a target.

    Raises ExtensionError, with file and line, for a missing alt text, an empty caption, or a label or picture used twice.
    """
    md = renderer.renderer
    where = f"{md.document['source']}:{line}"
    alt, caption, label = (content.get(name) for name in ("alt", "caption", "label"))
    if not (alt or "").strip():
        raise ExtensionError(
            f"{where}: a figure has no alt text: say in a sentence what it shows, Figure(..., alt='…')"
        )
    if caption is not None and not caption.strip():
        raise ExtensionError(f"{where}: a figure's caption is empty: say its one point first, or leave the caption out")
    figure = nodes.figure(classes=["nn-figure"])
    figure.source, figure.line = md.document["source"], line
    figure += picture(alt=alt, markup=page_markup(content))
    if caption:
        add_caption(md, figure, caption, line)
    note_once(md, content, where)
    if label:
        figure["names"].append(label)
        md.document.note_explicit_target(figure, figure)
    return figure


def page_markup(content: dict) -> str:
    """The SVG, or the widget's element around it and a word to those who cannot run it."""
    markup, svg = content.get("html"), content["svg"]
    if not markup:
        return svg
    element, end, after = markup.rpartition("</")
    return f'{element}<div class="nn-static">{svg}{WITHOUT_SCRIPT}</div>{end}{after}'


def add_caption(md, figure: nodes.figure, caption: str, line: int) -> None:
    """Parse the caption where it stands; its first paragraph is the caption, what follows the legend."""
    parsed = nodes.Element()
    with md.current_node_context(parsed):
        md.nested_render_text(caption, line)
    first, *rest = parsed.children
    if not isinstance(first, nodes.paragraph):
        raise ExtensionError(
            f"{figure.source}:{line}: a figure's caption begins with a sentence, not with {first.tagname}"
        )
    figure += nodes.caption(first.rawsource, "", *first.children)
    figure[-1].source, figure[-1].line = figure.source, line
    if rest:
        figure += nodes.legend("", *rest)


def note_once(md, content: dict, where: str) -> None:
    """Remember what this figure names: its label in the book, and its SVG's ids on the page."""
    env, label = md.sphinx_env, content.get("label")
    first_id = ID.search(content["svg"])
    if label:
        name, what = label, f"the figure label {label!r} is taken"
    elif first_id:
        name, what = f"{env.docname}#{first_id[1]}", "the same picture stands on this page already; give both a label"
    else:
        return
    known = figures_of(env)
    if name in known or md.document.nametypes.get(name):
        at = f", at {known[name][1]}" if name in known else " by another target of this page"
        raise ExtensionError(f"{where}: {what}{at}. A label names one figure of the book.")
    known[name] = (env.docname, where)


def figures_of(env) -> dict[str, tuple[str, str]]:
    """The figures of the book that were read: name → (page, file and line)."""
    if not hasattr(env, "nnbook_figures"):
        env.nnbook_figures = {}
    return env.nnbook_figures


def forget_page(app: Sphinx, env, docname: str) -> None:
    """Forget the figures of a page that is to be read anew."""
    env.nnbook_figures = {name: place for name, place in figures_of(env).items() if place[0] != docname}


def merge_pages(app: Sphinx, env, docnames: list[str], other) -> None:
    """Take over the figures that another process has read."""
    known = figures_of(env)
    for name, place in figures_of(other).items():
        if place[0] in docnames:
            if name in known:
                raise ExtensionError(f"{place[1]}: the figure label {name!r} is taken, at {known[name][1]}.")
            known[name] = place


class PlacePictures(SphinxPostTransform):
    """Put the PNG in the place of the picture for builders that write no web page, before myst-nb chooses a form."""

    default_priority = 3

    def run(self, **kwargs) -> None:
        """Leave one form of each figure: its own, with what this builder can show in it."""
        builder = get_env_app(self.env).builder
        inline = builder.format == "html" and builder.name != "epub"
        for bundle in list(self.document.findall(nodes.container)):
            forms = {form.get("mime_type"): form for form in bundle if isinstance(form, nodes.container)}
            if bundle.get("nb_element") != "mime_bundle" or MIME not in forms:
                continue
            drawn = forms.get(PNG)
            if not inline:
                for place in list(forms[MIME].findall(picture)):
                    image = next(bundle.findall(nodes.image))
                    image["alt"] = place["alt"]
                    place.replace_self(image)
            if drawn is not None:
                bundle.remove(drawn)


def visit_picture(translator, node: picture) -> None:
    """Write the markup as it is."""
    translator.body.append(node["markup"])
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    """Register the renderer with myst-nb, whose list of them is made once a process."""
    if FigureRenderer not in load_mime_renders():
        load_mime_renders().append(FigureRenderer)
    app.add_node(picture, html=(visit_picture, None))
    app.add_post_transform(PlacePictures)
    app.connect("env-purge-doc", forget_page)
    app.connect("env-merge-info", merge_pages)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
