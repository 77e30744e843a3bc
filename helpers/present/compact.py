"""A drawing in fewer letters: nothing that can be seen changes."""

import re
from collections import Counter
from functools import lru_cache
from itertools import groupby

from lxml import etree

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
STRAIGHT = re.compile(r"M([-\d.]+) ([-\d.]+)([HV])([-\d.]+)")
UNTURNED = re.compile(r"rotate\(-?0(?:\.0)? [^)]*\)")
PLACES = {"x", "y", "points"}
NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
STEP = re.compile(r"[A-DF-Za-df-z]|[^\sA-DF-Za-df-z]+")  # a command of a path or a number
OURS = re.compile(r"\s*font-family: ['\"]?DejaVu Sans['\"]?(?:,[^;]*)?(?:;|$)")
TYPEFACE = (  # that of the pages, the widest among them measured; digits stand under each other
    "font-family: system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, DejaVu Sans, Arial, sans-serif; "
    "font-variant-numeric: tabular-nums"
)
LINKS = (HREF, "href")
LINK = re.compile(r"(?<=^#).+")
ADDRESS = re.compile(r"(?<=url\(#)[^)]+(?=\))")
LETTER = re.compile(r"\s*([A-Za-z])\s*")
QUOTED = re.compile(r'="([^"\'<>]*)"(?=[^<>]*>)')  # within a tag


def compact(root: etree._Element) -> str:
    """Return a drawing as text, with places to a hundredth of a point, short names and each style said once."""
    if any(OURS.search(element.get("style", "")) for element in root.iter()):
        root.set("style", TYPEFACE)
    for element in root.iter():
        _shorten(element)
    _join_ticks(root)
    _rename(root)
    _share_styles(root)
    for element in reversed(list(root.iter(f"{SVG}g"))):
        if not len(element) and not element.text:
            element.getparent().remove(element)
    etree.cleanup_namespaces(root)
    return QUOTED.sub(r"='\1'", etree.tostring(root, encoding="unicode"))  # fewer escapes in a data address


def _shorten(element: etree._Element) -> None:
    """Drop the digits, typefaces and line breaks that nobody sees."""
    for name, value in element.items():
        short = _short(name, value)
        if short != value:
            element.set(name, short)
        if not short and name in ("style", "transform"):
            del element.attrib[name]
    element.text = element.text if (element.text or "").strip() else None
    element.tail = element.tail if (element.tail or "").strip() else None


@lru_cache(maxsize=5000)
def _short(name: str, value: str) -> str:
    """An attribute in fewer letters; empty where it says nothing."""
    if name == "d":
        return _path(value)
    if name == "style":
        return OURS.sub("", value).strip()
    if name == "transform" and UNTURNED.fullmatch(value):
        return ""
    return _numbers(value) if name in PLACES else value


@lru_cache(maxsize=50_000)
def _numbers(text: str) -> str:
    """A text with its numbers rounded."""
    return NUMBER.sub(_rounded, text)


def _rounded(number: re.Match) -> str:
    """A number to a tenth of a point, small ones (inside a marker) to a hundredth."""
    value = float(number[0])
    text = f"{value:.{1 if abs(value) >= 10 else 2}f}"
    return text.rstrip("0").rstrip(".").replace("-0.", "-.").removeprefix("0") or "0"


def _path(path: str) -> str:
    """A path of straight lines with steps as single numbers; other paths without their spaces."""
    steps = [step if step.isalpha() else _numbers(step) for step in STEP.findall(path)]
    if len(steps) != 3 * (path.count("M") + path.count("L")) + path.count("z"):
        return LETTER.sub(r"\1", " ".join(steps)).strip()
    parts, before, following = [], ("", ""), iter(steps)
    for command in following:
        x, y = ("", "") if command == "z" else (next(following), next(following))
        if command != "L":
            parts.append(f"M{x} {y}" if x else "z")
        elif y == before[1]:
            parts.append("" if x == before[0] else f"H{x}")
        else:
            parts.append(f"V{y}" if x == before[0] else f"L{x} {y}")
        before = (x, y)
    return "".join(parts)


def _join_ticks(root: etree._Element) -> None:
    """Draw neighbouring copies of one straight mark (ticks, censoring marks) as a single path."""
    marks = {f"#{path.get('id')}": path for path in root.iter(f"{SVG}path") if STRAIGHT.fullmatch(path.get("d", ""))}
    for parent in {use.getparent() for use in root.iter(f"{SVG}use") if use.get(HREF) in marks}:
        for (target, *_), run in groupby(list(parent), key=lambda use: (use.get(HREF), use.get("style"), use.tag)):
            copies = list(run)
            if target in marks and len(copies) > 1:
                _join(copies, marks[target])


def _join(copies: list[etree._Element], mark: etree._Element) -> None:
    """Put one path in the place of copies of a straight mark."""
    [(x, y, way, end)] = STRAIGHT.findall(mark.get("d"))
    steps = []
    for copy in copies:
        left, top = float(copy.get("x")), float(copy.get("y"))
        until = float(end) + (left if way == "H" else top)
        steps.append(f"M{left + float(x):.1f} {top + float(y):.1f}{way}{until:.1f}")
    group = etree.Element(f"{SVG}g", {"style": copies[0].get("style", "")})
    etree.SubElement(group, f"{SVG}path", {"d": "".join(steps), "style": mark.get("style", "")})
    copies[0].getparent().replace(copies[0], group)
    for copy in copies[1:]:
        copy.getparent().remove(copy)


def _rename(root: etree._Element) -> None:
    """Give short names to what is referred to, and none to the rest."""
    attributes = [(element, name, value) for element in root.iter() for name, value in element.items()]
    links = [
        (element, name, value, LINK if name in LINKS else ADDRESS)
        for element, name, value in attributes
        if name in LINKS or "url(#" in value
    ]
    used = {target for *_, value, pattern in links for target in pattern.findall(value)}
    names = {target: f"i{number}" for number, target in enumerate(sorted(used))}
    for element, name, value, pattern in links:
        element.set(name, pattern.sub(lambda link: names[link[0]], value))
    for element, name, value in attributes:
        if name == "id" and value in names:
            element.set(name, names[value])
        elif name == "id":
            del element.attrib[name]


def _share_styles(root: etree._Element) -> None:
    """Say a style that several elements have once."""
    styles = Counter(element.get("style") for element in root.iter() if "style" in element.attrib)
    shared = [style for style, times in styles.items() if times > 1]
    names = {style: f"c{number}" for number, style in enumerate(shared)}
    for element in root.iter():
        if element.get("style") in names:
            element.set("class", names[element.attrib.pop("style")])
    if names:
        sheet = etree.Element(f"{SVG}style")
        sheet.text = "".join(f".{name}{{{style}}}" for style, name in names.items())
        root.insert(0, sheet)
