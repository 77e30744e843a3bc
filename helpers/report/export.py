"""A page as one self-contained HTML file: no request, no script but its own, readable without it."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from helpers import marks
from helpers.present.canvas import svg_uri
from helpers.report import markup
from helpers.report.page import Page, PageFigure, PageTable
from helpers.report.parse_notebook import read_page
from helpers.report.picture import data_uri
from helpers.report.safe_csv import csv_text

TEMPLATES = Path(__file__).parent / "template"
MOST_CARDS = 5  # in a row of a wide screen
INSIDE = re.compile(r"(?<=[\d%]) to (?=[-\d>])|P [=<>] (?=\d)")
# Content-Security-Policy that allows this style, this script, embedded pictures and nothing else.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; "
    "form-action 'none'"
)
VERDICTS = {"reproduced": "good", "differs": "bad", "not reproduced": "bad", "mislabelled": "bad"}


@dataclass(frozen=True)
class Link:
    """An entry of a navigation: file (or anchor) and the words to click."""

    href: str
    words: str


def export_notebook(notebook: dict, name: str) -> str:
    """Return an executed notebook as one HTML page; ExportError if it cannot become one."""
    return render_page(read_page(notebook, name))


def render_page(page: Page, *, links: Sequence[Link] = (), files: bool = False) -> str:
    """Return a page as HTML. `links` is the navigation; with `files`, tables/ and figures/ lie beside the page.

    Printed tables travel inside the page; the data behind figures only where there is no file beside it.
    """
    here = f"{page.name}.html"
    return render(
        "page.html.j2",
        page=page,
        after=next((link for before, link in pairwise(links) if before.href == here), None),
        files=files,
        title=page.title,
        study=page.study.title if page.study else "",
        here=here,
        links=links,
        synthetic=page.synthetic,
        contents=page.of("heading"),
        provenance=page.provenance,
        has_code=bool(page.of("code")),
    )


def render(template: str, **content: object) -> str:
    """Return a template of the template folder filled; what is not marked safe is escaped."""
    return _environment().get_template(template).render(**content)


def table_csv(table: PageTable, synthetic: bool) -> str:
    """Return a table as CSV: unrounded where that is known, else as printed."""
    columns, rows = table.exact or ([label for label, _ in table.columns], table.rows)
    return csv_text(columns, rows, synthetic=synthetic)


def together(text: str) -> str:
    """Return a cell's text with spaces that do not break inside an interval ("0.97 to 30.6") and a P value."""
    return INSIDE.sub(lambda match: match[0].replace(" ", "\u00a0"), text)


def image_uri(figure: PageFigure) -> Markup:
    """Return a figure's drawing as a data address for an attribute in double quotes."""
    address = svg_uri(figure.svg) if figure.svg else data_uri(figure.png, "image/png")
    return Markup(address.replace("&", "&amp;"))


@cache
def _environment() -> Environment:
    """Templates with escaping on and an error for what is missing."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "prose": lambda tokens: Markup(markup.prose(tokens)),
        "python": lambda source: Markup(markup.code(source)),
        "csv_uri": lambda table, synthetic: data_uri(table_csv(table, synthetic), "text/csv"),
        "image_uri": image_uri,
        "columns": lambda cards: -(-len(cards) // -(-len(cards) // MOST_CARDS)) if cards else 0,
        "together": together,
        "marked": lambda text: Markup(marks.html(together(text))),
        "verdict": lambda words: VERDICTS.get(words.strip().lower(), ""),
    }
    digests = []
    for name, file in (("style", "style.css"), ("script", "script.js")):
        lines = map(str.strip, (TEMPLATES / file).read_text(encoding="utf-8").splitlines())
        text = "\n".join(line for line in lines if line)
        environment.globals[name] = Markup(text)
        digests.append(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())
    environment.globals["policy"] = POLICY.format(*digests)
    return environment
