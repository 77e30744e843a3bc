"""How the numbers of a Word document were made, from the estimates themselves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from helpers import marks
from helpers.report.markup import printable
from helpers.report.page import Page


def methods(pages: Sequence[Page], texts: Iterable[str]) -> list[str]:
    """The methods of the numbers in some texts, one sentence for each measure; of all numbers when none is marked."""
    shown = {part.row for text in texts for part in marks.parts(text) if part.row}
    records = [record for page in pages for record in page.records if not shown or record.get("id") in shown]
    named: dict[str, dict[str, None]] = {}
    for record in records:
        if record.get("method"):
            named.setdefault(str(record.get("measure")), {})[printable(str(record["method"]))] = None
    return [f"{measure.replace('_', ' ').capitalize()}: {'; '.join(names)}." for measure, names in named.items()]


def software(facts: Mapping) -> str:
    """The code, the software and the time of a run, as a sentence."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    code = f"second-cart {facts['code']['package']} (commit {facts['code']['commit']})"
    return f"Computed with {code}, {versions}, on {facts['started']}."


def texts_of(thing: object) -> Iterator[str]:
    """Every text in what a page shows, at any depth."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, Mapping):
        yield from texts_of(list(thing.values()))
    elif isinstance(thing, Sequence) and not isinstance(thing, bytes):
        for part in thing:
            yield from texts_of(part)
    elif hasattr(thing, "__dict__"):
        yield from texts_of(vars(thing))
