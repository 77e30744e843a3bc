import itertools
import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from legible import assert_leaves_settings_alone
from lxml import etree

from helpers.present.layout import colors, theme
from helpers.present.layout.placing import clearance, place_labels
from helpers.present.layout.text_layout import extent, key_rows, literal, shorten, wrap

# Severe dichromacy, linear RGB: Machado, Oliveira and Fernandes 2009 (IEEE TVCG 15:1291), severity 1.0
VISION = {
    "normal": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(color):
    part = np.array(mpl.colors.to_rgb(color))
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast_on_white(color):
    return 1.05 / (linear(color) @ [0.2126, 0.7152, 0.0722] + 0.05)


def cie_lab(light):
    part = TO_XYZ @ np.clip(light, 0, 1) / [0.9505, 1, 1.089]
    part = np.where(part > 0.008856, np.cbrt(part), 7.787 * part + 16 / 116)
    return np.array([116 * part[1] - 16, 500 * (part[0] - part[1]), 200 * (part[1] - part[2])])


@pytest.mark.parametrize(
    "color", [style.color for style in colors.ARM_STYLES] + [colors.INK, colors.MUTED, colors.ALARM]
)
def test_colours_of_text_pass_wcag_contrast(color):
    assert contrast_on_white(color) >= 4.5


@pytest.mark.parametrize("vision", VISION)
def test_first_six_arm_colours_differ_for_colour_blind_readers(vision):
    seen = [cie_lab(np.array(VISION[vision]) @ linear(style.color)) for style in colors.ARM_STYLES[:6]]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 12


def test_neighbouring_arms_differ_in_line_style_and_marker():
    for one, other in itertools.pairwise(colors.ARM_STYLES):
        assert one.linestyle != other.linestyle
        assert one.marker != other.marker


def test_style_map_keeps_given_styles_and_gives_free_ones():
    given = {"B": colors.ARM_STYLES[0]}
    styles = colors.style_map(["A", "B", "All"], given)
    assert list(styles) == ["A", "B", "All"]
    assert styles["B"] == colors.ARM_STYLES[0]
    assert styles["A"] == colors.ARM_STYLES[1]
    assert styles["All"] == colors.EVERYBODY


def test_style_map_never_runs_out():
    assert len(colors.style_map([f"group {number}" for number in range(40)])) == 40


def test_drawing_restores_settings_even_after_an_error():
    @theme.themed
    def fail(data):
        raise RuntimeError(mpl.rcParams["text.parse_math"])

    def fail_visibly():
        with pytest.raises(RuntimeError, match="False"):
            fail(1)

    assert_leaves_settings_alone(fail_visibly)


def test_drawing_drops_missing_glyph_warnings_and_passes_others_on():
    @theme.themed
    def warn_twice(data):
        warnings.warn("Glyph 20013 missing from font(s) DejaVu Sans.", stacklevel=1)
        warnings.warn("something else", stacklevel=1)
        return theme.finish(theme.Sheet(40).figure, pd.DataFrame(), id="x", caption="x", alt="x")

    with pytest.warns(UserWarning, match="something else") as caught:
        warn_twice(1)
    assert len(caught) == 2  # drawn wide and narrow


def test_every_figure_is_drawn_in_both_widths_of_journals():
    @theme.themed
    def draw(data):
        sheet = theme.Sheet(40)
        sheet.text(5, 5, f"{theme.is_narrow()}")
        return theme.finish(sheet.figure, pd.DataFrame({"a": [1]}), id="x", caption="x", alt="x")

    figure = draw(1)
    sizes = [etree.fromstring(svg).get("width") for svg in (figure.svg, figure.narrow_svg)]
    assert sizes == ["180mm", "85mm"]
    assert [part.canvas.texts[0].get_text() for part in (figure, figure.narrow)] == ["False", "True"]
    assert theme.sheet_width() == theme.WIDE


def test_texts_that_began_alike_are_changed_one_by_one():
    with theme.drawing():
        sheet = theme.Sheet(50)
        one, other = (sheet.text(5, 5, text, weight="bold") for text in ("one", "other"))
        one.set(fontsize=20, weight="normal", color="red")
    assert (other.get_fontsize(), other.get_fontweight(), other.get_color()) == (theme.TEXT, "bold", colors.INK)
    assert [text.get_text() for text in sheet.figure.texts] == ["one", "other"]


def test_literal_puts_control_characters_and_line_breaks_on_one_line():
    assert literal(" a\n\tb\x07c   d ") == "a b c d"
    assert literal("$x_1$ _y \\frac") == "$x_1$ _y \\frac"


@pytest.mark.parametrize("label", ["word " * 12, "x" * 60, "$\\alpha$_" * 7, "中文标签" * 15])
@pytest.mark.parametrize("width", [60.0, 120.0])
def test_wrapped_labels_keep_to_their_width_and_lines(label, width):
    with theme.drawing():
        text = wrap(label, width, lines=2)
        assert text.count("\n") <= 1
        assert extent(text) <= width


def test_wrap_loses_nothing_when_there_is_room():
    assert wrap("Tandem CD19/CD22", 500) == "Tandem CD19/CD22"
    assert wrap("one two three four five six", 60, lines=9).replace("\n", " ") == "one two three four five six"


def test_shorten_marks_what_it_cuts():
    assert shorten("Tandem", 500) == "Tandem"
    assert shorten("Tandem CD19/CD22", 60).endswith("…")


def test_key_rows_stay_within_their_width():
    rows = key_rows(["Single", "x" * 90, "Tandem CD19/CD22", "Other"], 300)
    assert sum(len(row) for row in rows) == 4
    assert all(x + 26 + extent(label) <= 300.5 for row in rows for x, label in row)


def test_clearance_is_the_distance_between_boxes():
    others = np.array([[10.0, 10, 20, 20]])
    assert clearance((0, 0, 7, 6), others) == 5
    assert clearance((12, 12, 13, 13), others) == 0
    assert clearance((0, 0, 1, 1), np.empty((0, 4))) == np.inf


def test_labels_are_placed_clear_of_lines_and_of_each_other():
    high = np.array([[0, 190.0], [300, 190], [300, 150], [350, 150]])
    low = np.array([[0, 190.0], [20, 190], [20, 40], [350, 40]])
    spots = place_labels({"Upper arm": high, "Lower arm": low}, (370, 205))
    for label, (left, bottom) in spots.items():
        box = (left, bottom, left + extent(label, bold=True), bottom + 11)
        for corners in (high, low):
            pieces = np.column_stack([np.minimum(corners[:-1], corners[1:]), np.maximum(corners[:-1], corners[1:])])
            assert clearance(box, pieces) > 4.9


def test_labels_of_equal_lines_are_not_placed():
    line = np.array([[0, 190.0], [350, 190]])
    assert place_labels({"A": line, "B": line}, (370, 205)) is None


def test_labels_in_any_script_are_saved_without_a_warning_and_read_well_in_the_svg(recwarn):
    @theme.themed
    def draw(label):
        sheet = theme.Sheet(40)
        sheet.text(5, 5, label)
        return theme.finish(sheet.figure, pd.DataFrame({"a": [1]}), id="x", caption="x", alt="x")

    bundle, metadata = draw("双靶点")._repr_mimebundle_()
    assert "双靶点" in metadata["second-cart"]["svg"]
    assert "image/png" in bundle
    assert not list(recwarn)


def test_names_of_drawn_things_do_not_become_ids_of_the_page():
    @theme.themed
    def draw(name):
        sheet = theme.Sheet(40)
        sheet.text(5, 5, "label", gid=name)
        return theme.finish(sheet.figure, pd.DataFrame({"a": [1]}), id="x", caption="x", alt="x")

    figure = draw('"><script>')
    assert "script" not in figure.metadata()["svg"]
    assert figure.canvas.texts[0].get_label() == '"><script>'
