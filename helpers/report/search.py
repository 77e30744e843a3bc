"""The page that finds numbers: every estimate, and the headings, captions and sentences that show them."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from helpers import marks
from helpers.present.show import Cards, Text
from helpers.present.values import RATIOS, SHARES
from helpers.report.export import render
from helpers.report.index import links
from helpers.report.origin import SIGNS
from helpers.report.page import Block, Heading, Page, PageClaims, PageFigure, PageTable
from helpers.study import Study

TITLE = "Find a number"
WORDS = ("endpoint_label", "population", "group", "term", "measure", "method", "origin")
NUMBERS = ("time_months", "estimate", "ci_low", "ci_high", "p", "n", "events")
DIGITS = 12


class Place(NamedTuple):
    """Where a page shows numbers: its address, what it is, its words, and the ids of its estimates."""

    href: str
    kind: str
    text: str
    ids: list[str]


def search_page(study: Study, pages: Sequence[Page], provenance: list[tuple[str, str]]) -> str:
    """Return the page as HTML; its index travels inside it, so nothing is asked of a server."""
    return render(
        "search.html.j2",
        title=TITLE,
        study=study.title,
        here="search.html",
        links=links(pages),
        synthetic=study.synthetic,
        contents=[Heading(2, "Numbers", "", "numbers"), Heading(2, "Places in the reports", "", "places")],
        provenance=provenance,
        index=as_json(index(pages)),
    )


def index(pages: Sequence[Page]) -> dict:
    """What the page's script reads: rows of numbers; words as places in a list of texts; places with their rows."""
    texts: dict[str, int] = {}
    rows: dict[object, list] = {}
    for number, page in enumerate(pages):
        for record in page.records:
            words = [texts.setdefault(str(record.get(name) or ""), len(texts)) for name in WORDS]
            rows.setdefault(record.get("id"), [number, *words, *(_number(record.get(name)) for name in NUMBERS)])
    numbers = {row: number for number, row in enumerate(rows)}
    places = [place for page in pages for place in places_of(page)]
    return {
        "reports": [[f"{page.name}.html", page.title] for page in pages],
        "texts": list(texts),
        "rows": [[row, *values] for row, values in rows.items()],
        "places": [[*place[:3], [numbers[row] for row in place.ids if row in numbers]] for place in places],
        "shares": sorted(SHARES),
        "ratios": sorted(RATIOS),
        "signs": SIGNS,
    }


def places_of(page: Page) -> Iterator[Place]:
    """The headings, captions, sentences and headline numbers of a page, in order."""
    here = f"{page.name}.html"
    anchor = "main"
    for block in [*page.lead, *page.blocks]:
        match block:
            case Heading():
                anchor = block.anchor
                yield Place(f"{here}#{anchor}", "Section", block.text, [])
            case PageTable() if not block.exact:
                yield Place(f"{here}#{block.anchor}", block.label, marks.plain(block.caption), block.ids)
            case PageFigure():
                ids = block.data.ids if block.data else []
                yield Place(f"{here}#{block.anchor}", block.label, marks.plain(block.caption), ids)
            case Text() | Cards() | PageClaims():
                text = _words(block)
                ids = list(dict.fromkeys(part.row for part in marks.parts(text) if part.row))
                yield Place(f"{here}#{getattr(block, 'anchor', anchor)}", "Text", marks.plain(text), ids)


def _words(block: Block) -> str:
    if isinstance(block, Cards):
        return "; ".join(" ".join(card) for card in block.cards)
    if isinstance(block, PageClaims):
        return "; ".join(f"{claim['claim']}: {claim['ours']}, {claim['verdict']}" for claim in block.claims)
    return block.text if isinstance(block, Text) else ""


def as_json(content: object) -> str:
    """Content as short JSON that cannot end the script element it stands in."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _number(value: object) -> float | int | str:
    """A number with as many digits as anybody reads; whole ones without decimals, "" for what is missing."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    return int(value) if float(value).is_integer() else float(f"{value:.{DIGITS}g}")
