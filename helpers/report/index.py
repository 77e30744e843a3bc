"""The front page of a collection: the answer, its key numbers, the claims, one sentence per report, downloads."""

from collections import Counter
from collections.abc import Sequence

from helpers.audit import answer
from helpers.audit.verdict import VERDICTS
from helpers.report.export import SEARCH, Link, render
from helpers.report.page import Heading, Page
from helpers.report.verdict import meanings
from helpers.study import Study

FIRST_SECTIONS = "cohort", "response", "survival", "robustness"  # whose findings answer without a publication
SENTENCES = 3  # of an answer
FILES = (
    (SEARCH, "Find a number: every estimate with the places that show it"),
    ("report.docx", "The key results as a Word document: a draft for co-authors"),
    ("report-full.docx", "All reports as a Word document: its appendix"),
    ("estimates.csv", "Every number on these pages, unrounded, one row per estimate"),
    ("tables", "Each table and the data of each figure, as CSV"),
    ("figures", "Each figure as SVG, 180 and 85 mm wide"),
    ("run.json", "Parameters, data checksums, software, commit"),
)


def links(pages: Sequence[Page]) -> list[Link]:
    """Return the navigation between index, reports and the page that finds numbers."""
    reports = [Link(f"{page.name}.html", page.short) for page in pages]
    return [Link("index.html", "Overview"), *reports, Link(SEARCH, "Find a number")]


def index_page(study: Study, pages: Sequence[Page], provenance: list[tuple[str, str]], *, files: Sequence[str]) -> str:
    """Return the front page as HTML. `files` are the entries of the collection's folder that can be downloaded."""
    claims = all_claims(pages)
    sections = {"claims": "Claims of the publication"} if claims else {}
    sections |= {"reports": "Reports", "study": "Study", "downloads": "Downloads"}
    return render(
        "index.html.j2",
        title=study.title,
        study=study.title,
        here="index.html",
        links=links(pages),
        synthetic=study.synthetic,
        contents=[Heading(2, title, title, anchor) for anchor, title in sections.items()],
        provenance=provenance,
        answer=front_answer(pages),
        summary=study_paragraph(study, pages),
        cards=[card for page in pages for card in page.front_cards],
        reports=[{"href": f"{page.name}.html", "title": page.title, "finding": page.finding} for page in pages],
        claims=claims,
        claims_summary=claims_sentence(claims),
        verdicts=meanings(claim["verdict"] for claim in claims),
        downloads=[{"href": name, "meaning": words} for name, words in FILES if name in files],
    )


def front_answer(pages: Sequence[Page]) -> list[str]:
    """Return what opens the front page: on the claims, else the findings of the first sections that have one."""
    if compared := answer(all_claims(pages)):
        return compared
    answering = [page for page in pages if page.finding]
    first = [page for page in answering if page.section in FIRST_SECTIONS] or answering
    return list(dict.fromkeys(page.finding for page in first[:SENTENCES]))


def study_paragraph(study: Study, pages: Sequence[Page] = ()) -> str:
    """Return the study in one paragraph: who, which arms, what is compared, which endpoints, from when."""
    rows = next((page.study.rows for page in pages if page.study and page.study.rows is not None), None)
    who = f"{rows} patients" if rows is not None else "Patients"
    arms = _in_sentence([arm.label for arm in study.arms])
    groups = f"in {len(study.arms)} arms ({arms})" if len(study.arms) > 1 else f"({arms})"
    compared = f"{study.contrast.label} is the comparison" if study.contrast else "There is no comparison"
    chosen = ", chosen after the data were seen" if study.contrast and study.contrast.post_hoc else ""
    used = [end for end in study.endpoints.values() if not end.off]
    ends = "; ".join(f"{end.label} ({study.populations[end.population]})" for end in used)
    clock = f" Time runs from {study.time_zero}; rates are read at {study.horizon_months:g} months."
    return f"{who} {groups}. {compared}{chosen}. Endpoints: {ends}.{clock}"


def all_claims(pages: Sequence[Page]) -> list[dict]:
    """Return the claims of every page, each with the address of its row; a claim shown twice counts once.

    Problems come first, in the order of the verdicts.
    """
    unique: dict[tuple, dict] = {}
    for page in pages:
        for block in page.of("claims"):
            for number, claim in enumerate(block.claims, 1):
                key = (claim.get("key") or claim["claim"], claim["published"], claim["method"])
                unique.setdefault(key, claim | {"href": f"{page.name}.html#{block.anchor}-{number}"})
    order = list(VERDICTS)
    return sorted(unique.values(), key=lambda claim: order.index(claim["verdict"]))


def claims_sentence(claims: Sequence[dict]) -> str:
    """Return how many claims there are of each verdict, in the order in which they are shown."""
    counts = Counter(claim["verdict"] for claim in claims)
    return f"{len(claims)} claims: " + _in_sentence([f"{words} ({n})" for words, n in counts.items()]) + "."


def _in_sentence(items: Sequence[str]) -> str:
    """Items as a list in a sentence."""
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)
