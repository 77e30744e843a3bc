import pandas as pd
import pytest
from legible import assert_leaves_settings_alone, assert_legible, words

from helpers.present.figures.flow import plot_flow
from helpers.present.layout import theme
from helpers.present.layout.colors import ARM_STYLES

LONG = "$x_1$ <b>a step with sixty characters, spaces and _signs_</b>"
MAIN = [
    ("screening_1", "Screened", 60, 60, {}),
    ("treated", "Infused", 35, 60, {"manufacturing failure": 20, "progression": 5}),
    ("in_remission", "In remission", 23, 35, {"no remission": 12}),
]
BRANCHES = [("a", "Transplant", 4, 23, {"never": 19}), ("b", "Decitabine", 3, 23, {"never": 20})]
ARMS = pd.DataFrame({"group": ["Single", "Tandem", "All"], "estimate": [21, 14, 35]})


def steps(rows):
    frame = pd.DataFrame(rows, columns=["level", "term", "estimate", "n", "note"]).assign(group="All")
    return frame.assign(note=["; ".join(f"{key}: {n}" for key, n in why.items()) for why in frame["note"]])


def reasons(rows):
    found = [(key, count, level) for level, _, _, _, why in rows for key, count in why.items()]
    return pd.DataFrame(found, columns=["term", "estimate", "reference"]).assign(group="All")


def draw(rows, arms=ARMS, styles=None):
    return plot_flow(steps(rows), reasons(rows), arms, styles or {}, id="flow", caption="Flow of patients")


def boxes(figure):
    return sorted((box for box in figure.canvas.artists if box.get_label() == "box"), key=lambda box: box.get_y())


def test_every_step_has_a_box_with_its_number():
    figure = draw(MAIN)
    assert_legible(figure)
    assert {"n = 60", "n = 35", "n = 23"} <= set(words(figure))
    assert len(boxes(figure)) == 3 + 2
    pd.testing.assert_frame_equal(figure.data, steps(MAIN)[["term", "estimate", "n", "note"]])


def test_reasons_stand_beside_the_arrow_with_their_sum():
    drawn = words(draw(MAIN))
    assert "Went no further: 25" in drawn
    assert {"manufacturing failure: 20", "progression: 5", "no remission: 12"} <= set(drawn)


def test_steps_from_the_same_step_stand_side_by_side():
    figure = draw(MAIN + BRANCHES)
    assert_legible(figure)
    last = boxes(figure)[-2:]
    assert last[0].get_y() == last[1].get_y()
    assert last[0].get_x() != last[1].get_x()
    assert "never: 19" in words(figure)


def test_many_branches_are_listed_in_one_box():
    figure = draw(MAIN + [(f"e{number}", f"Exposure {number}", number, 23, {}) for number in range(1, 7)])
    assert_legible(figure)
    assert "Exposure 6: 6 of 23" in words(figure)


def test_boxes_stay_inside_the_figure_and_apart():
    figure = draw([("x", LONG, 60, 60, {}), ("treated", LONG, 35, 60, {LONG: 20, f"{LONG} ": 5}), *BRANCHES])
    assert_legible(figure)
    extents = [box.get_window_extent() for box in boxes(figure)]
    for number, one in enumerate(extents):
        assert one.x0 >= 0
        assert one.x1 <= figure.canvas.bbox.width
        assert not any(one.overlaps(other) for other in extents[number + 1 :])


def test_the_box_of_time_zero_lists_the_arms_in_their_colours():
    figure = draw(MAIN, styles={"Single": ARM_STYLES[0]})
    assert_legible(figure)
    colors = {text.get_text(): text.get_color() for text in figure.canvas.texts}
    assert colors["Single: 21"] == ARM_STYLES[0].color
    assert "All: 35" not in colors
    at = {text.get_text(): text.get_position()[1] for text in figure.canvas.texts}
    (box,) = (box for box in boxes(figure) if box.get_y() < at["Single: 21"] < box.get_y() + box.get_height())
    assert box.get_y() < at["Infused"] < at["Single: 21"]
    assert "By arm: Single 21, Tandem 14." in figure.alt


def test_description_gives_every_step_and_its_reasons():
    assert "In remission: 23 patients of 35 (no remission: 12)." in draw(MAIN).alt


@pytest.mark.parametrize(
    "rows",
    [MAIN, MAIN + BRANCHES, [("treated", LONG, 3, 3, {}), MAIN[2]], [("treated", "All", 137, 137, {}), *BRANCHES]],
)
def test_texts_never_overlap(rows):
    assert_legible(draw(rows, arms=ARMS.assign(group=[LONG, "_" + "x" * 59, "All"])))


def test_drawing_is_deterministic_and_leaves_settings_alone():
    assert draw(MAIN).metadata() == draw(MAIN).metadata()
    assert_leaves_settings_alone(lambda: draw(MAIN))


@pytest.mark.parametrize(
    "rows", [MAIN, MAIN + BRANCHES, [("x", LONG, 60, 60, {}), ("treated", LONG, 35, 60, {LONG: 25})]]
)
def test_a_narrow_sheet_has_the_reasons_below_the_steps(rows):
    token = theme._width.set(241.0)
    try:
        figure = draw(rows, arms=ARMS.assign(group=[LONG, "_" + "x" * 59, "All"]))
    finally:
        theme._width.reset(token)
    assert figure.canvas.get_figwidth() == pytest.approx(241 / 72)
    assert_legible(figure)
    assert all(box.get_x() + box.get_width() <= 241 for box in boxes(figure))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw([("treated", "Infused", 35, 35, {})]).text.startswith("No step before or after the treatment")
    assert draw([("treated", "Infused", 0, 0, {})]).role == "absent"
