from urllib.parse import unquote

import pytest
from lxml import etree
from matplotlib.figure import Figure

from helpers.present.canvas import svg, svg_uri
from helpers.report.picture import data_uri, safe_svg, signed_svg

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 50">{}</svg>'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onclick="alert(1)"/>',
        "<foreignObject><p>x</p></foreignObject>",
        '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        '<image href="https://example.org/x.png"/>',
        '<use xlink:href="https://example.org/x.svg#a"/>',
        "<style>@import 'https://example.org/x.css';</style>",
        '<rect fill="url(https://example.org/x)"/>',
        "<?xml-stylesheet href='https://example.org/x.css'?>",
    ],
)
def test_what_runs_or_loads_is_removed(inside):
    text = safe_svg(SVG.format(inside + '<path d="M0 0"/>'))
    assert not any(word in text for word in ("alert", "example.org", "onclick", "foreignObject"))
    assert "<path" in text


def test_entities_are_not_read_from_files(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("patient")
    bomb = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + SVG.format("<text>&x;</text>")
    assert "patient" not in safe_svg(bomb)


def test_own_references_and_embedded_pictures_stay():
    inside = '<use xlink:href="#m1"/><g clip-path="url(#c)"><rect/></g><image xlink:href="data:image/png;base64,AAAA"/>'
    text = SVG.format(inside)
    assert safe_svg(text) == text


def test_a_footer_is_drawn_below_the_figure():
    root = etree.fromstring(signed_svg(safe_svg(SVG.format("")), "Synthetic <data>"))
    line = root[-1]
    assert root.get("viewBox") == "0 0 100 64"
    assert line.text == "Synthetic <data>"
    assert 50 < float(line.get("y")) < 64


@pytest.mark.parametrize("text", ["<html/>", "no svg", "<svg"])
def test_other_text_is_refused(text):
    with pytest.raises(ValueError, match="SVG"):
        safe_svg(text)


def test_data_addresses_hold_the_bytes():
    assert data_uri("é", "text/csv") == "data:text/csv;base64,w6k="


def test_a_drawing_as_address_is_the_drawing():
    text = safe_svg(SVG.format('<text fill="#123">50% é <![CDATA[<b>]]></text>'))
    address = svg_uri(text)
    assert unquote(address.partition(",")[2]) == text
    assert not set('#"\n') & set(address)


def test_a_style_sheet_may_point_into_the_drawing_and_nowhere_else():
    drawn = (
        "<svg xmlns='http://www.w3.org/2000/svg'><style>.a{{fill: url({})}}</style><path class='a' d='M0 0L9 9'/></svg>"
    )
    assert "url(#hatch)" in safe_svg(drawn.format("#hatch"))
    for outside in ("https://a.b/c", "'//a.b/c'", "data:x"):
        assert "url(" not in safe_svg(drawn.format(outside))


def test_our_own_drawings_stay_as_they_are_hatches_too():
    figure = Figure(figsize=(2, 2))
    figure.subplots().bar([0, 1], [1, 2], hatch="///", fill=False)
    drawn = svg(figure, "Bars")
    assert "<pattern" in drawn
    assert safe_svg(drawn) == drawn
