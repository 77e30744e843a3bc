"""A page as one self-contained HTML file: no request, no script but its own, readable without it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from helpers import marks
from helpers.present.canvas import svg_uri
from helpers.report import markup, origin
from helpers.report.page import Page, PageFigure, PageTable, letters
from helpers.report.parse_notebook import read_page
from helpers.report.picture import data_uri
from helpers.report.safe_csv import csv_text
from helpers.report.typeset import number_html, prose_together, sentence_html, sign_html, together
from helpers.report.verdict import fold_claims, verdict_class

TEMPLATES = Path(__file__).parent / "template"
MOST_CARDS = 5  # in a row of a wide screen
SCRIPTS = ("script", "search")
SEARCH = "search.html"  # the page that finds numbers
# Content-Security-Policy that allows this style, these scripts, embedded pictures and nothing else.
POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script} {search}; base-uri 'none'; "
    "form-action 'none'"
)


@dataclass(frozen=True)
class Link:
    """An entry of a navigation: file (or anchor) and the words to click."""

    href: str
    words: str


def export_notebook(notebook: dict, name: str) -> str:
    """Return an executed notebook as one HTML page; ExportError if it cannot become one."""
    return render_page(read_page(notebook, name))


def render_page(page: Page, links: Sequence[Link] = ()) -> str:
    """Return a page as HTML. `links` is the navigation of a page that stands in the folder of a collection.

    Beside it are then tables/, figures/ and the page that finds numbers. Printed tables travel inside the page; the
    data behind figures only where there is no file beside it.
    """
    here = f"{page.name}.html"
    return render(
        "page.html.j2",
        page=page,
        after=next((link for before, link in pairwise(links) if before.href == here and link.href != SEARCH), None),
        files=bool(links),
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
    """Return a table as CSV: unrounded where that is known, else as printed; of a synthetic cohort with `origin`."""
    if table.exact:
        return csv_text(*table.exact, synthetic=synthetic)
    columns, rows = [label for label, _ in table.columns], table.rows
    if synthetic:
        columns = [*columns, "origin"]
        rows = [[*row, origins] for row, origins in zip(rows, table.origins, strict=True)]
    return csv_text(columns, rows, synthetic=synthetic)


def image_uri(figure: PageFigure) -> Markup:
    """Return a figure's drawing as a data address for an attribute in double quotes."""
    address = svg_uri(figure.svg) if figure.svg else data_uri(figure.png, "image/png")
    return Markup(address.replace("&", "&amp;"))


@pass_context
def _numbers(context: Context, text: str, origin: str = "", reached: bool = True) -> Markup:
    """A template's text with its numbers linked."""
    return Markup(number_html(text, linked=context["files"], origin=origin, reached=reached))


@pass_context
def _sentence(context: Context, text: str) -> Markup:
    """A template's sentence with its numbers linked."""
    return Markup(sentence_html(text, linked=context["files"]))


def load_templates() -> None:
    """Compile the templates of all pages."""
    for name in _environment().list_templates(extensions=["j2"]):
        _environment().get_template(name)


@cache
def _environment() -> Environment:
    """Templates with escaping on and an error for what is missing."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "prose": lambda tokens: Markup(prose_together(markup.prose(tokens))),
        "python": lambda source: Markup(markup.code(source)),
        "csv_uri": lambda table, synthetic: data_uri(table_csv(table, synthetic), "text/csv"),
        "image_uri": image_uri,
        "narrow_uri": lambda figure: Markup(svg_uri(figure.narrow).replace("&", "&amp;").replace(" ", "%20")),
        "columns": lambda cards: -(-len(cards) // -(-len(cards) // MOST_CARDS)) if cards else 0,
        "numbers": _numbers,
        "sentence": _sentence,
        "sign": lambda word: Markup(sign_html(word)),
        "together": together,
        "plain": marks.plain,
        "letters": letters,
        "verdict": verdict_class,
        "fold_claims": fold_claims,
    }
    environment.globals |= {"key": origin.key(), "after": None, "files": True, "has_code": False}  # of most pages
    digests = {}
    for name, file in (("style", "style.css"), *((name, f"{name}.js") for name in SCRIPTS)):
        lines = map(str.strip, (TEMPLATES / file).read_text(encoding="utf-8").splitlines())
        text = "\n".join(line for line in lines if line)
        environment.globals[name] = Markup(text)
        digests[name] = f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
    environment.globals["policy"] = POLICY.format(**digests)
    return environment
