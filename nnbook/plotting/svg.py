"""matplotlib's SVG made fit for a page: small, in the page's colours and type, with ids of its own."""

import re
import xml.etree.ElementTree as ET
from itertools import groupby

from nnbook.plotting.palette import LIGHT, css
from nnbook.plotting.svg_path import short_number, short_path

SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
XLINK = "{http://www.w3.org/1999/xlink}"
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
HEXADECIMAL = re.compile(r"#[0-9a-f]{6}\b")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
# The id (gid) of an artist whose shapes touch: no anti-aliasing, which would draw a seam between neighbours.
CRISP = "crisp"

# What an element need not say, because the root says it (matplotlib says it in a style sheet that would leak into the page).
ROOT = {"fill": css(LIGHT["ink"]), "stroke-linejoin": "round", "stroke-linecap": "butt"}


def page_svg(drawn: str, *, prefix: str, alt: str, width: float) -> str:
    """The inline SVG of a picture that matplotlib drew.

    Sentinel colours become CSS variables, ids begin with prefix, type is the page's own, numbers have two decimals;
    the picture is as wide as its place allows, at most width rem.
    Raises ValueError for a colour that is no role.

    >>> drawn = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M 0 0 L 9 9" style="stroke:#0a49b8"/></svg>'
    >>> page_svg(drawn, prefix="figure", alt="A line.", width=20.0).partition(">")[2]
    '<path d="M0 0l9 9" style="stroke:var(--nn-data,#0a49b8)"/></svg>'
    """
    root = ET.fromstring(drawn)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.tail = None
        if element.tag != "text":
            element.text = None
    names: dict[str, str] = {}
    for element in root.iter():
        restyle(element)
        rename_references(element, names, prefix)
    for element in root.iter():
        own = element.attrib.pop("id", None)
        if own in names:
            element.set("id", names[own])
        elif own == CRISP:
            element.set("shape-rendering", "crispEdges")
    prune(root)
    gather_styles(root)
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update(
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": shorten(box),
            "role": "img",
            "aria-label": alt,
            "font-family": SANS,
            "style": f"width:100%;max-width:{width:g}rem;height:auto;" + ";".join(f"{k}:{v}" for k, v in ROOT.items()),
        }
    )
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def restyle(element: ET.Element) -> None:
    """Colours to variables, numbers to two decimals, and nothing said that the root says.

    >>> line = ET.fromstring('<path style="stroke: #0a49b8; stroke-linecap: butt" d="M 0 0 L 9.004 9"/>')
    >>> restyle(line)
    >>> line.attrib
    {'style': 'stroke:var(--nn-data,#0a49b8)', 'd': 'M0 0l9 9'}
    """
    style = dict(part.split(":", 1) for part in element.get("style", "").split(";") if ":" in part)
    style = {name.strip(): HEXADECIMAL.sub(lambda match: css(match[0]), value.strip()) for name, value in style.items()}
    style.pop("font-family", None)
    style = {name: shorten(value) for name, value in style.items() if ROOT.get(name) != value}
    if style:
        element.set("style", ";".join(f"{name}:{value}" for name, value in style.items()))
    else:
        element.attrib.pop("style", None)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    for name in ("x", "y", "width", "height", "transform"):
        if name in element.attrib:
            element.set(name, shorten(element.attrib[name]))
    if "d" in element.attrib:
        element.set("d", short_path(element.attrib["d"]))


def shorten(numbers: str) -> str:
    """Numbers with two decimals at most.

    >>> shorten("rotate(-90 10.598678 0.5)")
    'rotate(-90 10.6 .5)'
    """
    return NUMBER.sub(lambda match: short_number(float(match[0])), numbers)


def rename_references(element: ET.Element, names: dict[str, str], prefix: str) -> None:
    """Give every id that is referred to a name of this figure, in the order of the references.

    >>> names = {}
    >>> clipped = ET.fromstring('<g clip-path="url(#p8a3f)"/>')
    >>> rename_references(clipped, names, prefix="relu-kink")
    >>> clipped.attrib, names
    ({'clip-path': 'url(#relu-kink-1)'}, {'p8a3f': 'relu-kink-1'})
    """

    def renamed(old: str) -> str:
        return names.setdefault(old, f"{prefix}-{len(names) + 1}")

    target = element.attrib.pop(f"{XLINK}href", None)
    if target is not None:
        element.set("href", f"#{renamed(target[1:])}" if target.startswith("#") else target)
    for name, value in element.attrib.items():
        if "url(#" in value:
            element.set(name, REFERENCE.sub(lambda match: f"url(#{renamed(match[1])})", value))


def prune(element: ET.Element) -> None:
    """Take away what draws nothing: metadata, style sheets, invisible shapes, and groups that say nothing.

    >>> picture = ET.fromstring("<svg><metadata/><g><path d='M0 0h9'/></g></svg>")
    >>> prune(picture)
    >>> [child.tag for child in picture]
    ['path']
    """
    kept: list[ET.Element] = []
    for child in element:
        invisible = child.tag == "path" and child.get("style") == "fill:none" and "id" not in child.attrib
        if child.tag in ("metadata", "style") or invisible:
            continue
        prune(child)
        if child.tag == "g" and not child.attrib:
            kept.extend(child)
        elif len(child) or child.tag not in ("g", "defs"):
            kept.append(child)
    element[:] = kept


def gather_styles(element: ET.Element) -> None:
    """Write what neighbours have in common once, on a group around them.

    >>> picture = ET.fromstring("<svg><path style='fill:none'/><path style='fill:none'/></svg>")
    >>> gather_styles(picture)
    >>> ET.tostring(picture, encoding="unicode")
    '<svg><g style="fill:none"><path /><path /></g></svg>'
    """
    for child in element:
        gather_styles(child)
    gathered: list[ET.Element] = []
    for common, run in groupby(element, key=shared):
        children = list(run)
        if not common or len(children) < 2:
            gathered.extend(children)
            continue
        group = ET.Element("g", dict(common))
        for child in children:
            for name, _ in common:
                del child.attrib[name]
            group.extend(list(child) if child.tag == "g" and not child.attrib else [child])
        gathered.append(group)
    element[:] = gathered


def shared(element: ET.Element) -> tuple[tuple[str, str], ...]:
    """The attributes that an element could leave to a group around it: its clip path and the style it hands on.

    >>> shared(ET.fromstring("<path style='fill:none'/>")), shared(ET.fromstring("<path id='p1' style='fill:none'/>"))
    ((('style', 'fill:none'),), ())
    """
    if "id" in element.attrib or element.tag not in ("g", "path", "use", "text"):
        return ()
    names = ["clip-path", "shape-rendering"]
    # Opacity is not handed on: a group's opacity is not that of its members where they overlap.
    if not re.search(r"(^|;)opacity:", element.get("style", "")):
        names.append("style")
    return tuple((name, element.attrib[name]) for name in names if name in element.attrib)
