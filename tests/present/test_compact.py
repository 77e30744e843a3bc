import re

import pytest
from lxml import etree

from helpers.present.compact import TYPEFACE, compact
from helpers.study import PROJECT_ROOT

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 50">'


def shortened(inside):
    return etree.fromstring(compact(etree.fromstring(f"{HEAD}{inside}</svg>")))


def paths(inside):
    return [path.get("d") for path in shortened(inside).iter("{*}path")]


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("M 0 422.5  L 432 422.5  L 432 0  L 0 0  z ", "M0 422.5H432V0H0z"),
        ("M 0.123456 -1.005  L 310.985294 0 z M 5 5 L 6 6", "M.12 -1L311 0zM5 5L6 6"),
        ("M 46 62  L 50.54 62.04 L 60 70.25 L 60 70.25", "M46 62H50.5L60 70.2"),
        ("M 0 1.5  C 0.4 1.5 0.7 1.3 1 1  z", "M0 1.5C.4 1.5 .7 1.3 1 1z"),
        ("M -0.04 1e-05 L 12.34 -0.5", "M-.04 0L12.3 -.5"),
    ],
)
def test_paths_say_the_same_in_fewer_letters(long, short):
    assert paths(f'<path d="{long}"/>') == [short]


def test_labels_stay_letter_by_letter():
    style = "font-size: 9px; font-family: 'DejaVu Sans', 'Bitstream Vera Sans', 'Arial', sans-serif; fill: #1b1f24"
    label = 'it\'s "a" <b x="y"> 12.3456 #1'
    inside = f'<text style="{style}" x="20.00001" transform="rotate(-0 20 30.5)">{label.replace("<", "&lt;")}</text>'
    text = shortened(inside).find("{*}text")
    assert text.text == label
    assert text.get("style") == "font-size: 9px; fill: #1b1f24"
    assert (text.get("x"), text.get("transform")) == ("20", None)
    turned = shortened('<text transform="rotate(-90 20 30)">y</text><use transform="scale(0.00123)"/>')
    assert [element.get("transform") for element in turned] == ["rotate(-90 20 30)", "scale(0.00123)"]


def test_the_typeface_of_the_pages_is_said_once_and_stays_the_second_time():
    root = shortened("<text style=\"font-family: 'DejaVu Sans'\">a</text><text style='fill: red'>b</text>")
    assert root.get("style").startswith("font-family: system-ui, ")
    assert [text.get("style") for text in root] == [None, "fill: red"]
    assert etree.fromstring(compact(root)).get("style") == root.get("style")
    assert shortened("<text style='font-family: Georgia'>a</text>").get("style") is None


def test_the_typeface_is_that_of_the_pages():
    sheet = (PROJECT_ROOT / "helpers/report/template/style.css").read_text(encoding="utf-8")
    names = re.search(r"--body: ([^;]+);", sheet)[1].replace('"', "")
    assert TYPEFACE.startswith(f"font-family: {names};")


def test_a_style_of_several_elements_is_said_once():
    root = shortened(
        '<path d="M0 0C1 1 2 2 3 3" style="fill: red"/><rect style="fill: red"/><rect style="fill: blue"/>'
    )
    assert root.find("{*}style").text == ".c0{fill: red}"
    assert [element.get("class") for element in root[1:]] == ["c0", "c0", None]
    assert root[3].get("style") == "fill: blue"


def test_names_in_use_are_short_and_colours_are_not_names():
    inside = (
        '<clipPath id="p59d59f1091"><rect/></clipPath>'
        '<g id="axes_1"><path clip-path="url(#p59d59f1091)" fill="#123"/></g>'
        '<path id="m08" d="M0 0C1 1 2 2 3 3"/><use xlink:href="#m08" stroke="#456"/>'
    )
    root = shortened(inside)
    assert sorted(root.xpath("//@id")) == ["i0", "i1"]
    assert root.find(".//{*}g/{*}path").get("clip-path") == f"url(#{root.find('{*}clipPath').get('id')})"
    assert root.find("{*}use").get("{http://www.w3.org/1999/xlink}href") == f"#{root.find('{*}path').get('id')}"
    assert root.find(".//{*}g/{*}path").get("fill") == "#123"
    assert root.find("{*}use").get("stroke") == "#456"


def test_neighbouring_ticks_become_one_path():
    mark = '<defs><path id="m" d="M 0 3 L 0 -3" style="stroke: red"/></defs>'
    ticks = "".join(f'<use xlink:href="#m" x="{x}" y="20" style="fill: blue"/>' for x in (10, 11.25, 30))
    other = '<use xlink:href="#m" x="1" y="2" style="fill: green"/>'
    root = shortened(f"{mark}<g>{ticks}{other}</g>")
    drawn = root.findall("{*}g/{*}g/{*}path")
    assert [path.get("d") for path in drawn] == ["M10.0 23.0V17.0M11.2 23.0V17.0M30.0 23.0V17.0"]
    assert drawn[0].get("class") == root.find("{*}defs/{*}path").get("class")
    assert root.find("{*}g/{*}g").get("style") == "fill: blue"
    assert len(root.findall("{*}g/{*}use")) == 1


def test_round_marks_stay_marks():
    mark = '<path id="m" d="M 0 2.1 C 0.5 2.1 1 1.8 1.4 1.4 z"/>'
    root = shortened(mark + '<use xlink:href="#m" x="1" y="2"/><use xlink:href="#m" x="3" y="2"/>')
    assert len(root.findall("{*}use")) == 2


def test_empty_groups_are_dropped_and_it_stays_the_same_the_second_time():
    inside = '<g id="a"><g id="b"/></g><g><rect style="fill: red"/><rect style="fill: red"/></g>'
    once = compact(etree.fromstring(f"{HEAD}{inside}</svg>"))
    assert once.count("<g") == 1
    assert compact(etree.fromstring(once)) == once
