"""What a notebook showed, made again from its HTML: the same whether it has just run or was stored."""

import csv
import json
from collections.abc import Callable
from io import StringIO

import pandas as pd
from lxml.html import HtmlElement, fragment_fromstring

from helpers import marks
from helpers.frames import MARK
from helpers.present.canvas import svg_in
from helpers.present.show import (
    Card,
    Cards,
    Claims,
    Definitions,
    Display,
    Estimates,
    Figure,
    Loaded,
    Provenance,
    Table,
    Text,
)

EM_SPACE = "\u2003"  # one before a row for each level of nesting


def kind_of(html: str) -> str:
    """Which kind of thing HTML shows; "" for HTML that is not ours."""
    return html[len(MARK) :].partition('"')[0] if html.startswith(MARK) else ""


def stored(data: dict) -> dict:
    """What a stored output holds of its MIME types: the HTML says all that the others say."""
    return {"text/html": data["text/html"]} if "text/html" in data else data


def parts(html: str) -> tuple[HtmlElement, dict]:
    """The element that `helpers.frames.marked` wrote, and its facts."""
    root = fragment_fromstring(html)
    return root, json.loads(root.get("data-facts", "{}"))


def read(html: str) -> Display | None:
    """The object of `helpers.present.show` that shows itself so; None for other HTML. Its numbers are the printed."""
    make = READERS.get(kind_of(html))
    return make(*parts(html)) if make else None


def _table(root: HtmlElement, facts: dict) -> Table:
    columns = list(zip(_columns(root), facts["align"], strict=True))
    rows = _rows(root)
    indent = [len(first) - len(first.lstrip(EM_SPACE)) for first, *_ in rows]
    plain = [[first.lstrip(EM_SPACE), *others] for first, *others in rows]
    notes = [marks.read(note) for note in root.iter("small")]
    return Table(facts["id"], marks.read(root.find("p/b")), columns, plain, notes, indent)


def _figure(root: HtmlElement, facts: dict) -> Figure:
    picture, caption = root.find(".//img"), marks.read(root.find(".//figcaption"))
    data = pd.DataFrame(_rows(root), columns=_columns(root), dtype=str)
    return Figure(None, facts["id"], caption, picture.get("alt"), data, facts["axis"], svg_in(picture.get("src")))


def _estimates(root: HtmlElement, facts: dict) -> Estimates:
    columns, *rows = csv.reader(StringIO(root.findtext(".//pre"), newline=""))
    frame = pd.DataFrame(rows, columns=columns, dtype=str)
    return Estimates(frame, facts["section"], root.findtext("p/span") or "")


READERS: dict[str, Callable[[HtmlElement, dict], Display]] = {
    Text.kind: lambda root, facts: Text(facts["role"], marks.read(root.find(".//span"))),
    Cards.kind: lambda root, facts: Cards([Card(*row) for row in _rows(root)], facts["front"]),
    Table.kind: _table,
    Figure.kind: _figure,
    Estimates.kind: _estimates,
    Claims.kind: lambda root, _: Claims([dict(zip(Claims.FIELDS, row, strict=True)) for row in _rows(root)]),
    Definitions.kind: lambda root, _: Definitions([(term, meaning) for term, meaning in _rows(root)]),
    Loaded.kind: lambda root, facts: Loaded(title=root.findtext(".//b"), note=root.findtext(".//span") or "", **facts),
    Provenance.kind: lambda root, _: Provenance([(label, value) for label, value in _rows(root)]),
}


def _columns(root: HtmlElement) -> list[str]:
    """The labels of the only table's columns."""
    return [header.text_content() for header in root.iterfind(".//thead//th")]


def _rows(root: HtmlElement) -> list[list[str]]:
    """The texts of the only table's rows."""
    return [[marks.read(cell) for cell in row] for row in root.iterfind(".//tbody/tr")]
