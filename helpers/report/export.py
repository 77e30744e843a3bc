"""A page as one self-contained HTML file: no request, no script but its own, readable without it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from helpers.report import markup
from helpers.report.page import Figure, Page, Table
from helpers.report.picture import data_uri
from helpers.report.read import read_page
from helpers.report.sheet import csv_text

TEMPLATES = Path(__file__).parent / "template"
VERDICTS = {"reproduced": "good", "differs": "bad", "not reproduced": "bad", "mislabelled": "bad"}


@dataclass(frozen=True)
class Link:
    """An entry of a navigation: file (or anchor) and the words to click."""

    href: str
    words: str


def export_notebook(notebook: dict, name: str, *, links: Sequence[Link] = ()) -> str:
    """Return an executed notebook as one HTML page; ExportError if it cannot become one."""
    return render_page(read_page(notebook, name), links=links)


def render_page(page: Page, *, links: Sequence[Link] = (), figures: str = "") -> str:
    """Return a page as HTML. `links` is the navigation; `figures` the folder of SVG files, if they are written."""
    return render(
        "page.html.j2",
        page=page,
        figures=figures,
        title=page.title,
        here=f"{page.name}.html",
        links=links,
        synthetic=page.synthetic,
        contents=page.of("heading"),
        provenance=page.provenance,
        has_code=bool(page.of("code")),
    )


def render(template: str, **content: object) -> str:
    """Return a template of the template folder filled; what is not marked safe is escaped."""
    return _environment().get_template(template).render(**content)


def table_csv(table: Table, synthetic: bool) -> str:
    """Return a table as CSV: unrounded where that is known, else as printed."""
    columns, rows = table.exact or ([column["label"] for column in table.columns], table.rows)
    return csv_text(columns, rows, synthetic=synthetic)


def image_uri(figure: Figure) -> str:
    """Return a figure's drawing as a data address."""
    return data_uri(figure.svg, "image/svg+xml") if figure.svg else data_uri(figure.png, "image/png")


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
        "verdict": lambda words: VERDICTS.get(words.strip().lower(), ""),
    }
    style, script = (_asset(name) for name in ("style.css", "script.js"))
    environment.globals |= {"style": Markup(style), "script": Markup(script), "policy": _policy(style, script)}
    return environment


def _asset(name: str) -> str:
    """A file of the template folder."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Content-Security-Policy that allows this style, this script, embedded pictures and nothing else."""
    allow = "default-src 'none'; img-src data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'"
    return allow.format(*(f"sha256-{_hash(text)}" for text in (style, script)))


def _hash(text: str) -> str:
    """A content hash as policies write it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
