"""What figures and tables have room for: more of it is a fault of study.toml, with what to do."""

import pytest

from helpers.study import StudyError, load_study

LONG, LONGEST = "x" * 61, "x" * 60
ARM = '[[arms]]\nkey = "{}"\nlabel = "{}"\n'
COVARIATE = '[[covariates]]\ncolumn = "a"\nlabel = "{}"\ntype = "continuous"\n'
EXPOSURE = '[[exposures]]\nkey = "e"\nlabel = "{}"\ncolumns = ["a_day"]\n'
CONTRAST = '[contrast]\ntreated = ["two"]\ncontrol = ["one"]\n'
LABELS = {
    "[[arms]] 3 label": ARM.format("x", "{}"),
    "[[covariates]] 1 label": COVARIATE,
    "[[exposures]] 1 label": EXPOSURE,
    "[contrast] label": CONTRAST + 'label = "{}"\n',
    "[contrast] treated_label": CONTRAST + 'treated_label = "{}"\n',
    "[contrast] control_label": CONTRAST + 'control_label = "{}"\n',
    "[endpoints.os] label": '[endpoints.os]\nlabel = "{}"\n',
}


@pytest.fixture
def load(tmp_path, study_toml):
    def load(extra):
        (tmp_path / "study.toml").write_text(study_toml + extra, encoding="utf-8")
        return load_study(tmp_path)

    return load


def said(load, extra):
    with pytest.raises(StudyError) as error:
        load(extra)
    return str(error.value)


@pytest.mark.parametrize(("place", "text"), LABELS.items())
def test_a_label_has_at_most_sixty_letters(load, place, text):
    load(text.format(LONGEST))
    assert f"{place}: longer than 60 letters. Shorten it" in said(load, text.format(LONG))


@pytest.mark.parametrize("key", ["milestones_months", "landmark_days"])
def test_at_most_twelve_times_are_asked_for(load, key):
    load(f"[endpoints]\n{key} = {[*range(1, 13)]}\n")
    message = said(load, f"[endpoints]\n{key} = {[*range(1, 14)]}\n")
    assert f"[endpoints] {key}: 13 of them; at most 12 can be shown" in message


def test_at_most_twelve_arms_are_compared(load):
    arms = [ARM.format(f"k{n}", f"Arm {n}") for n in range(11)]  # beside two
    load("".join(arms[:10]))
    assert "[[arms]]: 13 of them; at most 12 can be shown" in said(load, "".join(arms))


def test_a_title_may_be_longer_than_a_label(load, tmp_path, study_toml):
    (tmp_path / "study.toml").write_text(study_toml.replace("Small study", "x" * 255), encoding="utf-8")
    assert len(load_study(tmp_path).title) == 255
    assert "longer than 255 letters" in said(load, ARM.format("x", "x" * 256))


def test_the_clock_may_be_said_to_start_at_time_zero(load):
    assert load('[endpoints.lfs]\norigin = "time_zero"\n').endpoints["lfs"].origin == "infusion"
    assert 'unknown word "time_zero"' in said(load, '[endpoints.lfs]\npopulation = "time_zero"\n')
