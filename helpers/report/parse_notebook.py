"""An executed notebook -> the blocks of its page: what was shown, in reading order, numbered and checked."""

import base64
from collections.abc import Iterator

from helpers.faults import PlainError
from helpers.present.show import STOCK_ALT, Cards, Claims, Estimates, Figure, Loaded, Provenance, Table, Text
from helpers.report import from_html, markup, order
from helpers.report.page import Block, Code, Fold, Heading, Output, Page, PageClaims, PageFigure, PageTable, Prose
from helpers.report.picture import safe_svg
from helpers.stats.estimates import NUMBER_COLUMNS

SYNTHETIC = "Synthetic data, not patients."
RESERVED = ("top", "main", "provenance", "print", "all-code")  # anchors of the page itself
HIDDEN_TAGS = {"injected-parameters", "remove-cell"}
DATA_FRAME = ('class="dataframe"', ">patient_id<")  # how pandas shows one; and one of patients


class ExportError(PlainError, ValueError):
    """A notebook that cannot become a page; says which one, which cell and what to change."""


def read_page(notebook: dict, name: str, *, study: Loaded | None = None) -> Page:
    """Return the page of an executed notebook.

    `name` is the notebook's file name without suffix; `study` stands in where no cell says which cohort was loaded.
    Raises ExportError for a stored error, a figure without a description, or a notebook without a title.
    """
    loaded = next(_all(notebook, Loaded.kind), study)
    reader = _Reader(name, loaded is not None and loaded.synthetic)
    lead, blocks = order.lead_first([reader.cell(cell) for cell in notebook["cells"]])
    if not reader.title:
        raise ExportError(f"{name}: no title; begin the notebook with a Markdown line '# Title'")
    body, closing = order.provenance_apart(order.tidy(blocks))
    items = [item for shown in _all(notebook, Provenance.kind) for item in shown.items]
    return Page(name, reader.title, lead, body, closing, loaded, items, reader.records)


def _all(notebook: dict, kind: str) -> Iterator:
    """Everything of one kind that a notebook shows, in order."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            html = _html(output.get("data", {}))
            if from_html.kind_of(html) == kind:
                yield from_html.read(html)


def _html(data: dict) -> str:
    """The HTML of an output, without control characters."""
    return markup.printable("".join(data.get("text/html", "")))


class _Reader:
    """Turns cells into blocks and counts what it numbers."""

    def __init__(self, name: str, synthetic: bool) -> None:
        self.name, self.synthetic = name, synthetic
        self.title = ""
        self.number = self.tables = self.figures = 0
        self.level = 1
        self.missing: Text | None = None
        self.anchors: set[str] = set(RESERVED)
        self.records: list[dict] = []

    def cell(self, cell: dict) -> list[Block]:
        """Blocks of one cell."""
        if HIDDEN_TAGS & set(cell["metadata"].get("tags", [])):
            return []
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            return list(self._markdown(source))
        if cell["cell_type"] != "code":
            return []
        self.number += 1
        shown = [block for output in cell["outputs"] for block in self._output(output)]
        return ([Code(source)] if source.strip() else []) + _one_warning(shown)

    def _markdown(self, source: str) -> Iterator[Block]:
        held: list[dict] = []
        for token in markup.tokens(source):
            if token["type"] != "heading":
                held.append(token)
                continue
            if any(t["type"] != "blank_line" for t in held):
                yield Prose(held)
            held = []
            yield from self._heading(token)
        if any(t["type"] != "blank_line" for t in held):
            yield Prose(held)

    def _heading(self, token: dict) -> Iterator[Heading]:
        words = markup.plain(token).strip()
        if not self.title and token["attrs"]["level"] == 1:
            self.title = words
            return
        self.level = min(max(2, token["attrs"]["level"]), self.level + 1)
        yield Heading(self.level, words, markup.inline(token["children"]), self._anchor(words))

    def _anchor(self, words: str) -> str:
        anchor = markup.slug(words, self.anchors)
        self.anchors.add(anchor)
        return anchor

    def _output(self, output: dict) -> list[Block]:
        if output["output_type"] == "error":
            raise self._fault(f"it stopped with {output['ename']}; correct it and run the notebook again")
        if output["output_type"] == "stream":
            text = markup.without_paths("".join(output["text"])).strip("\n")
            role = "stderr" if output["name"] == "stderr" else "plain"
            return [Output(role, text)] if text.strip() else []
        data, metadata = output["data"], output.get("metadata", {})
        html = _html(data)
        kind = from_html.kind_of(html)
        if kind == "frame":
            return [self._frame(html)]
        try:
            shown = from_html.read(html)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._fault("what it shows was changed by hand; run the notebook again") from error
        if shown is None:
            return self._foreign(data, metadata)
        make = getattr(self, f"_{kind}", None)
        return make(shown, metadata.get("second-cart", {}), data) if make else []

    def _frame(self, html: str) -> Fold:
        """A data frame of ours; rows of patients stay in the notebook."""
        root, facts = from_html.parts(html)
        inside = markup.clean(html).partition("</p>")[2]
        return Fold(root.findtext("p/b"), "" if facts.get("patients") else inside)

    def _text(self, text: Text, *_: object) -> list[Block]:
        """A paragraph; what a table and its figure both lack is said once."""
        if text.role == "absent" and text == self.missing:
            return []
        self.missing = text if text.role == "absent" else self.missing
        return [text]

    def _study(self, loaded: Loaded, *_: object) -> list[Block]:
        return [Text("note", loaded.note)] if loaded.note else []

    def _cards(self, cards: Cards, *_: object) -> list[Block]:
        return [cards]

    def _table(self, table: Table, *_: object) -> list[Block]:
        anchor = self._anchor(f"table {table.id}")
        fields = vars(table) | {"caption": self._caption(table.caption)}
        return [PageTable(**fields, anchor=anchor, name=self._name(anchor), label=self._next_table())]

    def _claims(self, claims: Claims, *_: object) -> list[Block]:
        return [PageClaims(claims.claims, anchor=self._anchor("claims"), label=self._next_table())]

    def _estimates(self, estimates: Estimates, exact: dict, _: object) -> list[Block]:
        warning = [Text("warning", estimates.warning)] if estimates.warning else []
        printed = estimates.frame
        if printed.empty:
            return warning
        columns, rows = list(printed.columns), printed.values.tolist()
        full = exact.get("estimates") or {"columns": columns, "rows": rows}
        self.records += [dict(zip(full["columns"], row, strict=True)) for row in full["rows"]]
        anchor = self._anchor(f"estimates {estimates.section}")
        caption = f"All {len(rows)} estimates of this report; the file holds them unrounded"
        labels = [(name.replace("_", " "), "right" if name in NUMBER_COLUMNS else "left") for name in columns]
        place = {"anchor": anchor, "name": self._name(anchor), "exact": (full["columns"], full["rows"])}
        return [*warning, PageTable(anchor, caption, labels, rows, folded=True, **place)]

    def _figure(self, figure: Figure, exact: dict, data: dict) -> list[Block]:
        anchor, label = self._anchor(f"figure {figure.id}"), self._next_figure()
        name, caption = self._name(anchor), self._caption(figure.caption)
        drawn = exact.get("svg") or figure.drawn  # the latter in a stored notebook
        png = base64.b64decode(data.get("image/png", ""))
        table = self._figure_data(figure, anchor, name, label)
        return [PageFigure(anchor, name, label, caption, figure.alt, safe_svg(drawn), png, table, figure.axis)]

    def _figure_data(self, figure: Figure, anchor: str, name: str, label: str) -> PageTable | None:
        if figure.data.empty:
            return None
        columns = [_column(column, list(values)) for column, values in figure.data.items()]
        return PageTable(
            figure.id,
            f"Data behind {label}",
            columns,
            figure.data.values.tolist(),
            anchor=f"{anchor}-data",
            name=f"{name}-data",
            folded=True,
            curves=bool(figure.axis),
        )

    def _foreign(self, data: dict, metadata: dict) -> list[Block]:
        if any(mime.startswith("image/") for mime in data):
            return self._plain_image(data, metadata)
        html = _html(data)
        if DATA_FRAME[0] in html:
            return [_plain_frame(html)]
        if html:
            return [Output("html", markup.clean(html))]
        if "text/markdown" in data:
            return [Prose(markup.tokens("".join(data["text/markdown"])))]
        text = markup.without_paths("".join(data.get("text/plain", ""))).strip("\n")
        return [] if not text or text.startswith("<") else [Output("plain", text)]

    def _plain_image(self, data: dict, metadata: dict) -> list[Block]:
        alt = str(metadata.get("alt", "")).strip()
        if not alt or STOCK_ALT in alt.lower() or not ({"image/png", "image/svg+xml"} & set(data)):
            raise self._fault("it shows a picture without a description; show it as a Figure with caption and alt text")
        anchor, label = self._anchor("figure"), self._next_figure()
        text = "".join(data.get("image/svg+xml", ""))
        png = base64.b64decode("".join(data.get("image/png", "")))
        svg = safe_svg(text) if text else ""
        return [PageFigure(anchor, self._name(anchor), label, self._caption(""), alt, svg, png, None)]

    def _name(self, anchor: str) -> str:
        """The name of a file that belongs to what stands at an anchor."""
        return f"{markup.slug(self.name)}-{anchor}"

    def _caption(self, words: str) -> str:
        words = words.strip()
        stop = "" if not words or words[-1] in ".?!" else "."
        return f"{words}{stop} {SYNTHETIC}".strip() if self.synthetic else words

    def _next_table(self) -> str:
        self.tables += 1
        return f"Table {self.tables}"

    def _next_figure(self) -> str:
        self.figures += 1
        return f"Figure {self.figures}"

    def _fault(self, message: str) -> ExportError:
        return ExportError(f"{self.name}, cell {self.number}: {message}")


def _one_warning(blocks: list[Block]) -> list[Block]:
    """Join what one cell wrote to stderr into one warning."""
    warnings = [b.content for b in blocks if b.kind == "output" and b.role == "stderr"]
    others = [b for b in blocks if not (b.kind == "output" and b.role == "stderr")]
    return others + ([Output("stderr", "\n".join(warnings))] if warnings else [])


def _plain_frame(html: str) -> Fold:
    """A DataFrame of pandas; rows of patients stay in the notebook."""
    cleaned = markup.clean(html)
    count = cleaned.count("<tr>") - 1
    return Fold(f"{count} rows", "" if DATA_FRAME[1] in html else cleaned)


def _column(name: str, values: list[str]) -> tuple[str, str]:
    """A column's header, and the side at which its values stand: numbers to the right."""
    filled = [value for value in values if value]
    numeric = name in NUMBER_COLUMNS or (bool(filled) and all(_is_number(value) for value in filled))
    return name.replace("_", " "), "right" if numeric else "left"


def _is_number(text: str) -> bool:
    """Tell whether a printed value is a number."""
    try:
        float(text.replace("%", "").replace("\u2212", "-").replace(",", "").lstrip("<>"))
    except ValueError:
        return False
    return True
