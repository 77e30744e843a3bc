"""How the sides of the comparison are drawn."""

from dataclasses import replace

from helpers.study import load_study
from helpers.study.palette import SEVERAL_ARMS, contrast_on_white

STUDY = load_study("data/second_cart")


def test_a_side_of_one_arm_has_its_colour_and_one_of_several_arms_has_that_of_none():
    tandem = next(arm for arm in STUDY.arms if arm.key == "tandem")
    assert list(STUDY.sides) == ["Single or sequential", "Tandem"]
    assert STUDY.sides["Tandem"] == tandem
    assert STUDY.sides["Single or sequential"].color == SEVERAL_ARMS[0]
    assert not {arm.color for arm in STUDY.arms} & set(SEVERAL_ARMS)


def test_without_a_comparison_there_are_no_sides():
    assert replace(STUDY, contrast=None).sides == {}


def test_colours_of_sides_can_be_read():
    assert min(map(contrast_on_white, SEVERAL_ARMS)) >= 4.5
