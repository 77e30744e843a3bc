"""A figure as an image in HTML: the whole drawing, the same on every machine, described."""

import base64

import numpy as np
import pytest
from lxml import etree, html
from matplotlib.figure import Figure as MplFigure

from helpers.present import canvas


def drawing(nudge=0.0):
    sheet = MplFigure(figsize=(6, 4))
    ax = sheet.add_subplot()
    ax.step(np.linspace(0, 24, 200) * (1 + nudge), np.linspace(1, 0.3, 200) * (1 - nudge), label="Überleben <b> & %")
    ax.legend()
    return sheet


def test_the_tag_holds_the_drawing_and_its_description():
    tag = canvas.image(canvas.svg(drawing()), 'falls to "30%" <b>')
    image = html.fromstring(tag)
    assert image.get("alt") == 'falls to "30%" <b>'
    assert canvas.svg_in(image.get("src")).startswith("<svg ")
    assert "Überleben &lt;b&gt; &amp; %" in canvas.svg_in(image.get("src"))
    assert len(tag) < len(canvas.png(drawing()))


@pytest.mark.parametrize("noise", [1e-15, -1e-14, 1e-13])
def test_the_last_bits_of_the_arithmetic_do_not_reach_the_tag(noise):
    assert canvas.image(canvas.svg(drawing(noise)), "x") == canvas.image(canvas.svg(drawing()), "x")


def test_nothing_of_the_day_or_of_a_version_is_drawn():
    drawn = canvas.svg_in(html.fromstring(canvas.image(canvas.svg(drawing()), "x")).get("src"))
    assert "atplotlib" not in drawn
    assert "<metadata" not in drawn
    assert base64.b64encode(canvas.png(drawing())[:4]) == b"iVBORw=="


def test_the_file_says_its_width_in_millimetres_and_its_title():
    drawn = etree.fromstring(canvas.svg(drawing(), "Survival <b> & death"))
    assert (drawn.get("width"), drawn.get("height"), drawn.get("role")) == ("152.4mm", "101.6mm", "img")
    assert drawn.findtext("{*}title") == "Survival <b> & death"
