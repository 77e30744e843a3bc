"""A figure as an image in HTML: the whole drawing, the same on every machine, described."""

import io

import matplotlib
import numpy as np
import pytest
from lxml import etree, html
from matplotlib.figure import Figure as MplFigure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle
from matplotlib.textpath import text_to_path
from PIL import Image

from helpers.present import canvas
from helpers.present.renderers import FONT, SETTINGS, text_size


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


@pytest.mark.parametrize("noise", [1e-15, -1e-14, 1e-13])
def test_the_last_bits_of_the_arithmetic_do_not_reach_the_tag(noise):
    assert canvas.image(canvas.svg(drawing(noise)), "x") == canvas.image(canvas.svg(drawing()), "x")


def test_nothing_of_the_day_or_of_a_version_is_drawn():
    drawn = canvas.svg_in(html.fromstring(canvas.image(canvas.svg(drawing()), "x")).get("src"))
    assert "atplotlib" not in drawn
    assert "<metadata" not in drawn


def painted(figure):
    """What matplotlib itself paints, in grey."""
    buffer = io.BytesIO()
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(buffer, format="png", dpi=140)
    return grey(buffer)


def grey(file):
    return np.asarray(Image.open(file).convert("L"), float)


def test_vectors_and_pixels_are_drawn_at_once_and_alike():
    busy = drawing()
    [ax] = busy.axes
    ax.get_legend().remove()
    ax.scatter([3, 9], [0.5, 0.6], s=[30, 200], marker="^", edgecolor="k", linewidth=2)
    ax.fill_between([0, 9], 0.2, 0.4, hatch="//", clip_path=Circle((5, 0.3), 2, transform=ax.transData))
    ax.plot([1, 2, 30], [0.4, 0.5, 0.6], "o--", linewidth=3)
    ax.imshow(np.eye(4), extent=(15, 20, 0.6, 0.9), aspect="auto", interpolation="nearest", cmap="gray")
    ax.set(xlim=(0, 30), ylim=(0, 1), xticklabels=[], yticklabels=[])
    drawn, png = canvas.svg_and_png(busy, "T")
    assert drawn == canvas.svg(busy, "T")
    with Image.open(io.BytesIO(png)) as picture:
        assert (picture.mode, picture.size) == ("P", (840, 560))
    apart = np.abs(grey(io.BytesIO(png)) - painted(busy))
    assert (apart > 32).mean() < 0.002  # the edges of the image's pixels


@pytest.mark.parametrize("look", [{}, {"weight": "bold"}, {"rotation": 90}, {"alpha": 0.5}, {"ha": "right"}])
def test_texts_are_painted_where_matplotlib_paints_them(look):
    sheet = MplFigure(figsize=(3, 3))
    sheet.text(0.5, 0.5, "Überleben 17.9", family="DejaVu Sans", **look)
    found, expected = 255 - grey(io.BytesIO(canvas.svg_and_png(sheet)[1])), 255 - painted(sheet)
    assert found.sum() == pytest.approx(expected.sum(), rel=0.15)  # Pillow fits stems to pixels
    for axis in (0, 1):
        places = [np.flatnonzero(picture.max(axis=axis) > 60)[[0, -1]] for picture in (found, expected)]
        np.testing.assert_allclose(*places, atol=1)


def test_the_file_says_its_width_in_millimetres_and_its_title():
    drawn = etree.fromstring(canvas.svg(drawing(), "Survival <b> & death"))
    assert (drawn.get("width"), drawn.get("height"), drawn.get("role")) == ("152.4mm", "101.6mm", "img")
    assert drawn.findtext("{*}title") == "Survival <b> & death"


@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize("text", ["", "AVATAR, Tö", "\u22121.5 (95% CI \u22122 to 3)", "a\u0301", "P \u2265 0.05"])
def test_a_text_is_as_large_as_matplotlib_finds_it(text, weight):
    theirs = FontProperties(family=FONT, weight=weight, size=1)
    assert text_size(text, weight) == text_to_path.get_text_width_height_descent(text, theirs, False)


@pytest.mark.filterwarnings("ignore:Glyph")
def test_a_text_in_letters_that_the_font_has_not_is_measured_too():
    assert text_size("\u6f22", "normal")[0] > 0
