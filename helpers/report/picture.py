"""Vector figures made safe and self-contained: nothing that runs, nothing from elsewhere."""

import base64
import re

from lxml import etree

from helpers.present.compact import HREF, SVG, compact

UNSAFE = {f"{SVG}{name}" for name in ("script", "foreignObject", "metadata", "a", "iframe", "animate", "set")}
FOOTER = 14.0  # height of the line that says "synthetic", in the figure's units (points)


def safe_svg(text: str) -> str:
    """Return an SVG without scripts, event handlers, links, style imports and foreign content, in few letters.

    A drawing that has none of it, nor comments and declarations, comes back as it is: ours are short already. Raises
    ValueError for other text.
    """
    root = _parse(text)
    disarmed = [element for element in list(root.iter()) if _disarm(element)]
    return compact(root) if disarmed or "<!" in text or "<?" in text else text


def signed_svg(svg: str, footer: str) -> str:
    """Return a safe SVG with one line of text on a strip added under the figure."""
    root = _parse(svg)
    left, top, width, height = (float(part) for part in root.get("viewBox", "0 0 432 288").split())
    whole = f"{height + FOOTER:g}"
    root.attrib.update(
        {"viewBox": f"{left:g} {top:g} {width:g} {whole}", "height": f"{whole}pt", "width": f"{width:g}pt"}
    )
    box = {"x": f"{left:g}", "y": f"{top + height:g}", "width": f"{width:g}", "height": f"{FOOTER:g}"}
    etree.SubElement(root, f"{SVG}rect", box | {"fill": "#ffffff"})
    style = {"fill": "#5c3a00", "font-family": "sans-serif", "font-size": "9", "font-weight": "bold"}
    place = {"x": f"{left + 6:g}", "y": f"{top + height + 10:g}"}
    etree.SubElement(root, f"{SVG}text", place | style).text = footer
    return etree.tostring(root, encoding="unicode")


def data_uri(content: str | bytes, kind: str) -> str:
    """Return content as a data address, base64."""
    raw = content.encode() if isinstance(content, str) else content
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def _disarm(element: etree._Element) -> bool:
    """Remove an element, or those of its attributes, that could run or load something; tell whether it had any."""
    if element.tag in UNSAFE or not isinstance(element.tag, str):
        if element.getparent() is not None:
            element.getparent().remove(element)
        return True
    before = len(element.attrib)
    for name, value in element.attrib.items():
        outside = name in (HREF, "href") and not value.startswith(("#", "data:image/png"))
        if name.lower().startswith("on") or outside or re.search(r"url\(\s*['\"]?(?!#)", value):
            del element.attrib[name]
    if element.tag == f"{SVG}style" and re.search(r"@import|url\(\s*['\"]?(?!#)", element.text or ""):
        element.text = ""
        return True
    return len(element.attrib) < before


def _parse(text: str) -> etree._Element:
    """The drawing's root; nothing is read from files or addresses on the way."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("the figure's SVG cannot be read") from error
    if root.tag != f"{SVG}svg":
        raise ValueError("the figure's SVG has no svg element")
    return root
