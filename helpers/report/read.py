"""An executed notebook -> the blocks of its page: what was shown, in reading order, numbered and checked."""

import base64
from collections.abc import Iterator
from dataclasses import replace

from helpers.present.canvas import svg_in
from helpers.report import markup
from helpers.report.page import Block, Cards, Claims, Code, Figure, Heading, Output, Page, Prose, Table, Text
from helpers.report.picture import safe_svg
from helpers.report.reading import axis_of

VENDOR = "application/vnd.second-cart."
STOCK_ALT = "no description has been provided"
SYNTHETIC = "Synthetic data, not patients."
RESERVED = ("top", "main", "provenance", "print", "all-code")  # anchors of the page itself
HIDDEN_TAGS = {"injected-parameters", "remove-cell"}
NUMBERS = {"time_months", "estimate", "ci_low", "ci_high", "p", "n", "events"}


class ExportError(ValueError):
    """A notebook that cannot become a page; says which one, which cell and what to change."""


def read_page(notebook: dict, name: str, *, study: dict | None = None) -> Page:
    """Return the page of an executed notebook.

    `name` is the notebook's file name without suffix; `study` stands in where no cell says which cohort was loaded.
    Raises ExportError for a stored error, a figure without a description, or a notebook without a title.
    """
    found = markup.printable(next(_payloads(notebook, "study"), None) or study or {})
    reader = _Reader(name, bool(found.get("synthetic")))
    lead, blocks = _lead_first([reader.cell(cell) for cell in notebook["cells"]])
    if not reader.title:
        raise ExportError(f"{name}: no title; begin the notebook with a Markdown line '# Title'")
    body, closing = _provenance_apart(_tidy(blocks))
    items = [tuple(item) for payload in _payloads(notebook, "provenance") for item in payload["items"]]
    return Page(name, reader.title, lead, body, closing, found, items, reader.records)


def _payloads(notebook: dict, kind: str) -> Iterator[dict]:
    """Every payload of one kind, in order."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            payload = output.get("data", {}).get(f"{VENDOR}{kind}+json")
            if payload is not None:
                yield payload


def _lead_first(cells: list[list[Block]]) -> tuple[list[Block], list[Block]]:
    """Take texts and cards of the cells with the first answer and the first cards to the front."""
    lead, rest = [], []
    for blocks in cells:
        answer = any(b.kind == "text" and b.role == "answer" for b in blocks)
        if answer or (any(b.kind == "cards" for b in blocks) and not any(b.kind == "cards" for b in lead)):
            lead += [block for block in blocks if block.kind in ("text", "cards")]
            blocks = [block for block in blocks if block.kind not in ("text", "cards")]
        rest += blocks
    order = {"answer": 0, "cards": 1}
    return sorted(lead, key=lambda b: order.get(getattr(b, "role", b.kind), 2)), rest


def _provenance_apart(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """Take what a last section named Provenance shows to the page's own provenance."""
    sections = [i for i, block in enumerate(blocks) if block.kind == "heading" and block.level == 2]
    if not sections or blocks[sections[-1]].text.lower() != "provenance":
        return blocks, []
    return blocks[: sections[-1]], blocks[sections[-1] + 1 :]


def _tidy(blocks: list[Block]) -> list[Block]:
    """Join code that shows nothing with the code after it, and drop headings left without content."""
    tidy: list[Block] = []
    for block in blocks:
        if block.kind == "heading":
            tidy = _without_empty_heading(tidy, block.level)
        if block.kind == "code" and tidy and tidy[-1].kind == "code":
            block = Code(f"{tidy.pop().source}\n\n{block.source}")
        tidy.append(block)
    return _without_empty_heading(tidy, 0)


def _without_empty_heading(blocks: list[Block], level: int) -> list[Block]:
    """Drop a last heading that only code follows, unless a section inside it comes next."""
    tail = [block for block in blocks[-2:] if block.kind in ("heading", "code")]
    if not tail or tail[0].kind != "heading" or level > tail[0].level or tail != blocks[-len(tail) :]:
        return blocks
    kept = blocks[: -len(tail)]
    code = [block for block in tail if block.kind == "code"]
    if code and kept and kept[-1].kind == "code":
        code = [Code(f"{kept.pop().source}\n\n{code[0].source}")]
    return kept + code


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
        data = output["data"]
        kind = next((mime for mime in data if mime.startswith(VENDOR)), "").removeprefix(VENDOR)[: -len("+json")]
        if not kind:
            return self._foreign(data, output.get("metadata", {}))
        exact = output.get("metadata", {}).get("second-cart", {})
        draw = getattr(self, f"_{kind}", None)
        payload = markup.printable(data[f"{VENDOR}{kind}+json"])
        return draw(payload, exact, data) if draw else []

    def _text(self, payload: dict, *_: object) -> list[Block]:
        """A paragraph; what a table and its figure both lack is said once."""
        text = Text(payload["kind"], payload["text"])
        if text.role == "absent" and text == self.missing:
            return []
        self.missing = text if text.role == "absent" else self.missing
        return [text]

    def _study(self, payload: dict, *_: object) -> list[Block]:
        return [Text("note", payload["note"])] if payload.get("note") else []

    def _provenance(self, *_: object) -> list[Block]:
        return []

    def _cards(self, payload: dict, *_: object) -> list[Block]:
        return [Cards(payload["cards"])]

    def _table(self, payload: dict, *_: object) -> list[Block]:
        anchor = self._anchor(f"table {payload['id']}")
        name, caption = f"{markup.slug(self.name)}-{anchor}", self._caption(payload["caption"])
        columns, rows, notes = payload["columns"], payload["rows"], payload.get("notes", [])
        indent = payload.get("indent") or [0] * len(rows)
        return [Table(anchor, name, caption, columns, rows, indent, notes, self._next_table())]

    def _claims(self, payload: dict, *_: object) -> list[Block]:
        return [Claims(self._anchor("claims"), self._next_table(), payload["claims"])]

    def _estimates(self, payload: dict, exact: dict, _: object) -> list[Block]:
        full = exact.get("estimates", payload)
        self.records += [dict(zip(full["columns"], row, strict=True)) for row in full["rows"]]
        anchor = self._anchor(f"estimates {payload['section']}")
        kept = [
            i
            for i, name in enumerate(payload["columns"])
            if name != "section" and any(row[i] for row in payload["rows"])
        ]
        columns = [_column(payload["columns"][i]) for i in kept]
        rows = [[row[i] for i in kept] for row in payload["rows"]]
        caption = f"All {len(rows)} estimates of this report; the file holds them unrounded"
        name = f"{markup.slug(self.name)}-{anchor}"
        exact_rows = (full["columns"], full["rows"])
        return [Table(anchor, name, caption, columns, rows, [0] * len(rows), folded=True, exact=exact_rows)]

    def _figure(self, payload: dict, exact: dict, data: dict) -> list[Block]:
        self.figures += 1
        alt = payload["alt"].strip()
        if not alt or STOCK_ALT in alt.lower():
            raise self._fault(f"figure {payload['id']} has no description; give it an alt text that says what it shows")
        anchor, label = self._anchor(f"figure {payload['id']}"), f"Figure {self.figures}"
        name = f"{markup.slug(self.name)}-{anchor}"
        drawn = exact.get("svg") or svg_in("".join(data.get("text/html", "")))  # the latter in a stored notebook
        svg = safe_svg(drawn) if drawn else ""
        axis = axis_of(drawn, payload["data"]["columns"], payload["data"]["rows"])
        png = base64.b64decode(data.get("image/png", ""))
        table = self._figure_data(payload["data"], anchor, name, label)
        table = replace(table, curves=True) if table and axis else table
        return [Figure(anchor, name, label, self._caption(payload["caption"]), alt, svg, png, table, axis)]

    def _figure_data(self, data: dict, anchor: str, name: str, label: str) -> Table | None:
        if not data["rows"]:
            return None
        columns = [_column(column, [row[i] for row in data["rows"]]) for i, column in enumerate(data["columns"])]
        caption = f"Data behind {label}"
        plain = [0] * len(data["rows"])
        return Table(f"{anchor}-data", f"{name}-data", caption, columns, data["rows"], plain, folded=True)

    def _foreign(self, data: dict, metadata: dict) -> list[Block]:
        if any(mime.startswith("image/") for mime in data):
            return self._plain_image(data, metadata)
        if "text/html" in data:
            return [Output("html", markup.clean("".join(data["text/html"])))]
        if "text/markdown" in data:
            return [Prose(markup.tokens("".join(data["text/markdown"])))]
        text = markup.without_paths("".join(data.get("text/plain", ""))).strip("\n")
        return [] if not text or text.startswith("<") else [Output("plain", text)]

    def _plain_image(self, data: dict, metadata: dict) -> list[Block]:
        alt = str(metadata.get("alt", "")).strip()
        if not alt or STOCK_ALT in alt.lower() or not ({"image/png", "image/svg+xml"} & set(data)):
            raise self._fault("it shows a picture without a description; show it as a Figure with caption and alt text")
        self.figures += 1
        anchor, label = self._anchor("figure"), f"Figure {self.figures}"
        text = "".join(data.get("image/svg+xml", ""))
        png = base64.b64decode("".join(data.get("image/png", "")))
        svg, name = safe_svg(text) if text else "", f"{markup.slug(self.name)}-{anchor}"
        return [Figure(anchor, name, label, self._caption(""), alt, svg, png, None)]

    def _caption(self, words: str) -> str:
        words = words.strip()
        stop = "" if not words or words[-1] in ".?!" else "."
        return f"{words}{stop} {SYNTHETIC}".strip() if self.synthetic else words

    def _next_table(self) -> str:
        self.tables += 1
        return f"Table {self.tables}"

    def _fault(self, message: str) -> ExportError:
        return ExportError(f"{self.name}, cell {self.number}: {message}")


def _one_warning(blocks: list[Block]) -> list[Block]:
    """Join what one cell wrote to stderr into one warning."""
    warnings = [b.content for b in blocks if b.kind == "output" and b.role == "stderr"]
    others = [b for b in blocks if not (b.kind == "output" and b.role == "stderr")]
    return others + ([Output("stderr", "\n".join(warnings))] if warnings else [])


def _column(name: str, values: list[str] | None = None) -> dict[str, str]:
    """A column's header; numbers stand to the right."""
    filled = [value for value in values or [] if value]
    numeric = name in NUMBERS or (bool(filled) and all(_is_number(value) for value in filled))
    return {"label": name.replace("_", " "), "align": "right" if numeric else "left"}


def _is_number(text: str) -> bool:
    """Tell whether a printed value is a number."""
    try:
        float(text.replace("%", "").replace("\u2212", "-").replace(",", "").lstrip("<>"))
    except ValueError:
        return False
    return True
