import base64
import csv
import hashlib
import re
from dataclasses import replace
from itertools import pairwise
from urllib.parse import unquote

import pandas as pd
import pytest
from lxml import html
from toys import CLAIMS, ESTIMATE, PNG, STUDY, SVG, bundle, drawing, executed, published

from helpers.frames import Frame
from helpers.present import show, values
from helpers.report import export
from helpers.report.collection import write_figure
from helpers.report.parse_notebook import read_page
from helpers.stats.estimates import ORIGINS, estimates

EVIL = "<script>alert(1)</script>$x$ **b** =cmd _a"


@pytest.fixture(scope="module")
def page(toy_collection):
    """The page with everything, parsed."""
    return html.parse(str(toy_collection / "01_response.html")).getroot()


def texts(root, path):
    return [element.text_content().strip() for element in root.xpath(path)]


def shown(*outputs):
    """The page of a notebook that shows these, parsed."""
    return html.fromstring(export.export_notebook(executed("# T", ("x", *outputs)), "x"))


def attack():
    """Return a notebook in which every label is an attack."""
    things = [
        replace(STUDY, note=EVIL, title=EVIL),
        show.Cards([(EVIL, EVIL, EVIL)]),
        show.Text("answer", EVIL),
        show.Table(EVIL, EVIL, [(EVIL, "left")], [[EVIL]], [EVIL]),
        drawing(EVIL, EVIL, EVIL + '"onload="x', data=pd.DataFrame({EVIL: [EVIL], "b": EVIL})),
        show.Estimates(estimates([ESTIMATE | {"endpoint": EVIL, "note": EVIL}]), EVIL),
        show.Claims([dict.fromkeys(CLAIMS[0], EVIL)]),
        show.Provenance([(EVIL, EVIL)]),
    ]
    outputs = [bundle(thing) for thing in things]
    frames = [Frame({EVIL: [EVIL]})._repr_mimebundle_(), {"text/html": pd.DataFrame({EVIL: [EVIL]}).to_html()}]
    return executed("# Title", (f"x = '{EVIL}'", *outputs, *frames), f"## {EVIL}\n\nwords {EVIL}")


def test_labels_are_shown_as_they_are_and_never_run():
    text = export.export_notebook(attack(), "04_x")
    assert "alert(1)</script>" not in text
    root = html.fromstring(text)
    assert len(root.xpath("//script")) == 1
    assert not root.xpath("//@onload")
    assert root.xpath("//img/@alt")[0].startswith(EVIL)
    for path in ("//figcaption", "//th[@scope='col']", "//td", "//dd", "//p[@class='answer']", "//li"):
        assert any(EVIL in text for text in texts(root, path)), path


def test_the_page_is_self_contained(page):
    assert not page.xpath("//link | //iframe | //object | //embed | //script[@src]")
    assert all(source.startswith("data:image/") for source in page.xpath("//img/@src"))
    assert not [value for value in page.xpath("//@*") if re.match(r"(https?:)?//", value)]
    assert not re.search(r"url\(|@import", page.xpath("//style")[0].text)


def test_the_policy_allows_this_style_and_script_only(page):
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    for tag in ("style", "script"):
        content = page.xpath(f"//{tag}")[0].text
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not page.xpath("//@style")


def test_script_and_page_are_small(toy_collection):
    assert len((export.TEMPLATES / "script.js").read_bytes()) < 10_000
    assert (toy_collection / "01_response.html").stat().st_size < 120_000


def test_one_title_and_no_skipped_level(page):
    levels = [int(element.tag[1]) for element in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.get("lang") == "en"


def test_the_page_opens_with_answer_and_cards(page):
    after_title = [element.get("class") for element in page.xpath("//h1/following-sibling::*")[:2]]
    assert after_title == ["answer", "cards"]


def test_contents_and_navigation_lead_somewhere(page, toy_collection):
    ids = set(page.xpath("//@id"))
    assert len(ids) == len(page.xpath("//@id"))
    targets = page.xpath("//nav[@aria-label='On this page']//@href")
    assert {"#response-by-arm", "#curves", "#provenance"} <= set(targets)
    assert all(target[1:] in ids for target in targets)
    assert all((toy_collection / name).is_file() for name in page.xpath("//nav[@aria-label='Reports']//@href"))
    assert page.xpath("//a[@aria-current='page']/@href") == ["01_response.html"]


def test_header_cells_have_a_scope_and_ids_in_use_exist(page):
    assert page.xpath("//th")
    assert not page.xpath("//th[not(@scope)]")
    assert set(page.xpath("//@aria-labelledby")) <= set(page.xpath("//@id"))


def test_figures_have_description_caption_and_data(page):
    figure, _ = page.xpath("//figure[@class='drawing']")
    assert figure.xpath(".//img/@alt") == ["Two falling step curves."]
    assert texts(figure, "figcaption") == ["Figure 1. Overall survival by arm. Synthetic \u25cb"]
    assert "Months since infusion" in unquote(figure.xpath(".//img/@src")[0])
    data = page.xpath("//details[@class='data'][contains(summary, 'Data behind Figure\u00a01')]")[0]
    assert len(data.xpath(".//tbody/tr")) == 20


def test_every_table_has_its_csv(page, toy_collection):
    tables = page.xpath("//table[not(contains(@class, 'claims'))]")
    links = page.xpath("//a[@download]")
    beside = page.xpath("//a[starts-with(@href, 'tables/')]/@href")
    assert (len(links), len(beside)) == (0, 5)  # printed tables and the data of figures
    assert page.xpath("//a[@href='estimates.csv']")
    assert len(tables) == 7  # one is a foreign table
    assert all((toy_collection / name).is_file() for name in beside)
    assert (toy_collection / beside[0]).read_text().splitlines()[1] == "Single,10/18,30.8 to 78.5,,synthetic"


def test_numbers_lead_to_their_rows_and_say_where_they_come_from(page, toy_collection):
    with (toy_collection / "estimates.csv").open(newline="") as file:
        origins = {row["id"]: row["origin"] for row in csv.DictReader(file)}
    links = page.xpath("//a[starts-with(@href, 'search.html#response-')]")
    said = [(link.get("href").partition("#")[2], link.get("class")) for link in links]
    assert len(said) == 7  # a table, the data of a figure, a sentence with both, one with the second
    assert [number for number, _ in said if number not in origins] == []
    both = [(number, f"n {origin}") for number, origin in origins.items()]
    assert said == [*both, *both, *both, (both[1][0], "n")]
    assert {link.get("tabindex") for link in page.xpath("//td/a")} == {"-1"}


def test_one_origin_is_said_once_and_only_of_what_has_one(page):
    captions = {text.partition(".")[0]: text for text in texts(page, "//figcaption")}
    assert captions["Figure 1"].endswith("Synthetic \u25cb")
    assert captions["Figure 2"].endswith("Synthetic \u25cf \u25cb")
    marked = page.xpath("//p[@class='sentence'][span[@class='sign']]")
    assert [text.strip() for text in texts(page, "//p[@class='sentence'][span[@class='sign']]")] == [
        "Single: 50.0% (20.0\u00a0to\u00a080.0).\u00a0\u25cb"
    ]
    assert marked[0].xpath("span/@title") == [f"invented: {ORIGINS['invented']}"]
    assert texts(page, "//details[@class='key']//dt") == [
        "\u25cf published",
        "\u25c6 imposed",
        "\u25d0 implied",
        "\u25cb invented",
    ]


def test_numbers_of_real_patients_have_no_origin():
    rows = published(origins=("", ""))
    listed = show.Table("t", "Two", [("A", "left")], [[values.value(row)] for _, row in rows.iterrows()])
    root = shown(bundle(listed), bundle(replace(STUDY, synthetic=False)))
    assert root.xpath("//data/@class") == ["n", "n"]
    assert not root.xpath("//*[@class='sign'] | //*[@class='key']")


def test_csv_of_tables_say_where_each_row_comes_from(toy_collection):
    listed = (toy_collection / "tables" / "01-response-table-marked.csv").read_text().splitlines()
    assert listed[0] == "Arm,CR,origin,data"
    assert [line.rpartition(",")[0].rpartition(",")[2] for line in listed[1:]] == ["published", "invented"]
    drawn = (toy_collection / "tables" / "01-response-figure-os-data.csv").read_text().splitlines()
    assert drawn[1] == "Tandem,0,1,invented,synthetic"


def test_a_narrow_drawing_is_shown_on_telephones_and_written_beside_the_wide_one(tmp_path):
    wide = drawing()
    narrow = {"svg": wide.svg, "svg_narrow": SVG.replace("432", "241"), "axis_narrow": "0.1 0.05 20"}
    notebook = executed("# T", ("x", (bundle(replace(wide, axis="0.2 0.02 20")), {"second-cart": narrow})))
    root = html.fromstring(export.export_notebook(notebook, "x"))
    [source] = root.xpath("//picture/source")
    assert source.get("media") == "(max-width: 40rem)"
    assert " " not in source.get("srcset")
    assert 'width="241pt"' in unquote(source.get("srcset"))
    assert root.xpath("//figure/@data-narrow") == ["0.1 0.05 20"]
    [figure] = read_page(notebook, "x").of("figure")
    write_figure(tmp_path, figure, synthetic=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x-figure-os-85mm.svg", "x-figure-os.svg"]


def test_definitions_are_folded():
    root = shown(bundle(show.Definitions([("CR", "complete <remission>"), ("MRD", "measurable residual disease")])))
    [fold] = root.xpath("//details[@class='definitions']")
    assert (texts(fold, ".//dt"), texts(fold, ".//dd")[0]) == (["CR", "MRD"], "complete <remission>")


def test_rows_over_others_span_the_table():
    rows = [["Relapse", ""], ["Single", "1"], ["Nothing under it", ""]]
    root = shown(bundle(show.Table("t", "C", [("A", "left"), ("B", "right")], rows, indent=[0, 1, 0])))
    assert texts(root, "//th[@colspan='2']") == ["Relapse"]


def test_code_is_folded(page):
    folds = page.xpath("//details[@class='code']")
    assert folds
    assert not [fold for fold in folds if "open" in fold.attrib]


def test_long_tables_are_marked_and_nested_ones_are_not(page):
    marked = page.xpath("//table[starts-with(@class, 'long')]")
    assert len(marked) == 2  # thirty terms; twenty points of the curve
    nested = show.Table("n", "N", [("A", "left")], [["a"]] * 20, indent=[0] + [1] * 19)
    root = shown(bundle(nested))
    assert not root.xpath("//table[starts-with(@class, 'long')]")
    assert len(root.xpath("//th[@class='i1']")) == 19


def test_warnings_and_absent_sections_are_said(page):
    boxes = texts(page, "//div[@class='warning']")
    assert any("4 events per variable." in box for box in boxes)
    assert any("Hessian is singular" in box and "…/" in box for box in boxes)
    assert texts(page, "//p[@class='absent']") == ["CRS is not recorded in this cohort."]


def test_synthetic_banner_and_small_counts_are_on_every_page(toy_collection):
    for path in toy_collection.glob("*.html"):
        root = html.parse(str(path)).getroot()
        assert texts(root, "//header//p[@class='banner']")[0].startswith("Synthetic data.")
        assert texts(root, "//p[@class='internal']")[0].startswith("Internal: contains small counts")


def test_real_data_carry_no_synthetic_mark():
    root = shown(bundle(replace(STUDY, synthetic=False)))
    assert texts(root, "//header//p[@class='banner real']") == ["Patient data. Internal: contains small counts."]
    assert "ynthetic" not in root.find("head/title").text + " ".join(texts(root, "//main"))


def test_without_vector_the_picture_is_shown():
    root = shown(({"image/png": PNG}, {"alt": "A."}), bundle(drawing()))
    kinds = [re.split("[;,]", source)[0] for source in root.xpath("//img/@src")]
    assert kinds == ["data:image/png", "data:image/svg+xml"]


def test_data_frames_are_folded_and_named_apart(page):
    [fold] = page.xpath("//details[@class='frame']")
    assert "open" not in fold.attrib
    assert texts(fold, "summary") == ["2 rows"]
    names = shown(*[Frame({"a": [1]})._repr_mimebundle_()] * 2).xpath("//*[@role='region']/@aria-label")
    assert len(set(names)) == 2  # a screen reader lists them


def test_provenance_names_data_code_and_software_without_paths(page):
    said = dict(zip(texts(page, "//dt"), texts(page, "//dd"), strict=True))
    assert said["Cohort"] == "toy (synthetic)"
    assert re.fullmatch(r"SHA-256 [0-9a-f]{64}", said["patients.csv"])
    assert re.match(r"second-cart \S+, commit ", said["Code"])
    assert said["Run"].endswith("UTC")
    assert "pandas" in said["Software"]
    assert not [value for value in said.values() if "/" in value]


def test_a_page_alone_holds_the_data_of_its_figures_whole():
    points = pd.DataFrame({"x": range(500), "y": [number**2 for number in range(500)]})
    root = shown(bundle(drawing(data=points)))
    heads = texts(root, "//tbody/tr/th")
    assert (len(heads), heads[0], heads[-1]) == (60, "0", "499")
    assert "60 of 500 rows" in root.text_content()
    content = base64.b64decode(root.xpath("//a[@download]/@href")[0].partition(",")[2]).decode()
    assert len(content.splitlines()) == 501


def test_one_provenance_section_closes_the_page(page):
    assert texts(page, "//h2").count("Provenance") == 1
    assert page.xpath("//footer//h2/@id") == ["provenance"]


def test_reports_lead_to_the_next(toy_collection):
    ways = {
        path.name: texts(html.parse(str(path)).getroot(), "//p[@class='after']")
        for path in toy_collection.glob("*.html")
    }
    last = {"02_other.html": [], "search.html": []}
    assert ways == {"index.html": [], "01_response.html": ["Next: 2 Other"], **last}


@pytest.mark.parametrize(("count", "columns"), [(0, 0), (1, 1), (4, 4), (5, 5), (6, 3), (7, 4), (8, 4), (11, 4)])
def test_cards_stand_in_even_rows(count, columns):
    assert export._environment().filters["columns"]([None] * count) == columns


@pytest.mark.parametrize(("count", "printed"), [(150, 150), (151, 0)])
def test_many_estimates_stay_in_their_file(count, printed):
    root = shown(bundle(show.Estimates(estimates([ESTIMATE | {"n": number} for number in range(count)]), "s")))
    assert len(root.xpath("//tbody/tr")) == printed
    assert f"All {count} estimates of this report" in root.text_content()
    content = base64.b64decode(root.xpath("//a[@download]/@href")[0].partition(",")[2]).decode()
    assert len(content.splitlines()) == count + 1


def test_nbconvert_can_use_the_exporter():
    from nbconvert.exporters import get_exporter

    exporter = get_exporter("helpers.report.exporter.ReportExporter")()
    text, resources = exporter.from_notebook_node(executed("# T", ("x",)), {"metadata": {"name": "04_survival"}})
    assert text == export.export_notebook(executed("# T", ("x",)), "04_survival")
    assert resources["output_extension"] == ".html"


def test_the_window_is_named_after_report_and_study(page):
    assert page.findtext("head/title") == "Response | Toy study (synthetic data)"
