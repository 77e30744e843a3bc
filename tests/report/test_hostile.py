"""Reports whose labels mean something elsewhere: no file runs or breaks anything, and every label can be read."""

import csv
import json
import re
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
from lxml import etree, html
from toys import CLAIMS, ESTIMATE, STUDY, bundle, drawing, executed

from helpers.frames import Frame
from helpers.marks import mark
from helpers.present import show
from helpers.report import provenance
from helpers.report.collection import write
from helpers.report.parse_notebook import read_page
from helpers.report.typeset import number_html, together
from helpers.stats.estimates import estimates
from helpers.study import load_study
from tests.hostile import SEEN

FORMULA = ("=", "+", "@", "-", "\uff1d", "\uff0b", "\uff20", "\uff0d")
RUNS = {"script", "iframe", "object", "embed", "form", "math", "foreignObject"}


def cells(number, labels):
    """What a notebook shows, with a label in every place, or several one after the other."""
    said, claim = "; ".join(labels), ("claim", "published", "ours", "method", "explanation")
    shown = [
        *(show.Text("sentence", label) for label in labels),
        show.Cards([(label, label, label) for label in labels]),
        show.Table(
            f"t{number}", said, [(labels[0], "left"), (said, "right")], [[label] * 2 for label in labels], [said]
        ),
        drawing(f"f{number}", said, said, data=pd.DataFrame({said: labels, "value": 1 / 3})),
        show.Estimates(estimates([ESTIMATE | {"group": label, "note": label} for label in labels]), "response"),
        show.Claims([CLAIMS[0] | dict.fromkeys(claim, label) for label in labels]),
        show.Provenance([(label, label) for label in labels]),
    ]
    return f"## Part {number}", ("x", *map(bundle, shown), Frame({said: labels})._repr_mimebundle_())


@pytest.fixture(scope="module")
def folder(tmp_path_factory, toy_folder):
    """A collection of one page that shows every text."""
    folder = tmp_path_factory.mktemp("hostile")
    study = replace(load_study(toy_folder), title=" ".join(SEEN.values())[:255], time_zero=SEEN["script"])
    shown = [[*SEEN.values()][number::5] for number in range(5)]
    parts = [part for number, labels in enumerate(shown) for part in cells(number, labels)]
    page = read_page(executed("# T", *parts), "01_x", study=STUDY)
    facts = provenance.facts(study, {"subgroup": SEEN["script"]}) | {"seconds": 1, "patients": 8, "notebooks": []}
    write(folder, study, [page], facts)
    return folder


def elements(text):
    """The elements of a page as a browser reads them."""
    return list(html.document_fromstring(text).iter(etree.Element))


@pytest.mark.parametrize("name", ["01_x.html", "index.html", "search.html"])
def test_pages_hold_no_more_than_they_are_made_of(folder, toy_collection, name):
    usual = "01_response.html" if name == "01_x.html" else name
    found, known = elements((folder / name).read_text()), elements((toy_collection / usual).read_text())
    assert [element.text for element in found if element.tag == "script" and not element.get("type")] == [
        element.text for element in known if element.tag == "script" and not element.get("type")
    ]
    assert not {element.tag for element in found} & (RUNS - {"script"})
    assert not [word for element in found for word in element.attrib if word.startswith("on")]
    addresses = [element.get(key) for element in found for key in ("href", "src", "action") if element.get(key)]
    assert not [address for address in addresses if re.match(r"\s*(javascript|vbscript|data:text/html)", address, re.I)]


def test_every_label_can_be_read_on_the_page(folder):
    text = "".join(html.document_fromstring((folder / "01_x.html").read_text()).itertext())
    read = re.sub("[\u2060\u200e]", "", text).replace("\u00a0", " ")
    assert not [label for label in SEEN.values() if label not in read]


def test_no_cell_of_a_csv_is_a_formula(folder):
    for path in folder.rglob("*.csv"):
        for separator in ",;\t":
            with path.open(newline="") as file:
                rows = list(csv.reader(file, delimiter=separator))
            begins = {cell.lstrip(' "')[:1] for row in rows for cell in row}
            assert not begins.intersection(FORMULA), path.name


def test_documents_drawings_and_facts_can_be_opened(folder):
    read = ""
    for path in folder.glob("*.docx"):
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels"))}
        trees = {name: etree.fromstring(part) for name, part in parts.items()}
        read += "".join(trees["word/document.xml"].itertext("{*}t"))
    plain = re.sub("[\u2060\u200e]", "", read).replace("\u00a0", " ")
    assert not [label for label in SEEN.values() if label not in plain]
    for path in folder.rglob("*.svg"):
        assert not {etree.QName(element).localname for element in etree.fromstring(path.read_bytes()).iter("*")} & RUNS
    assert json.loads((folder / "run.json").read_text())["parameters"] == {"subgroup": SEEN["script"]}


def test_names_of_files_are_plain(folder):
    assert not [path.name for path in folder.rglob("*") if not re.fullmatch(r"[A-Za-z0-9_.-]+", path.name)]


def test_words_that_are_written_to_the_left_leave_numbers_in_place():
    number = mark("\u22129.5", "a-1")
    assert "\u05d0\u200e: <data" in number_html(f"minus \u05d0: {number} points", linked=False)
    assert together("\u05d0\u05d1 \u05d2, \u05d3 12") == "\u05d0\u05d1 \u05d2, \u05d3\u200e 12"
    assert together("Arm: \u22129.5") == "Arm: \u22129.5"
