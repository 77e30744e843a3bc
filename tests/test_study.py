"""The study definition: what is read, what is filled in, and how each mistake is said."""

import pytest

from helpers.study import DAYS_PER_MONTH, PROJECT_ROOT, StudyError, load_study
from helpers.study.palette import COLORS, contrast_on_white


@pytest.fixture
def load(tmp_path, study_toml):
    def load(extra="", text=None):
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "study.toml").write_text((study_toml if text is None else text) + extra, encoding="utf-8")
        return load_study(folder)

    return load


def faults_of(load, *args, **kwargs):
    with pytest.raises(StudyError) as error:
        load(*args, **kwargs)
    return str(error.value)


def test_month_is_the_average_of_four_years():
    assert DAYS_PER_MONTH == 365.25 / 12


def test_short_study_gets_defaults(load):
    study = load()
    assert (study.key, study.covariates_prespecified, study.time_unit, study.min_at_risk) == ("mine", None, "days", 5)
    assert (study.horizon_months, study.milestones_months, study.landmark_days) == (24, (6, 12, 24), (90, 180))
    assert study.endpoints["os"].population == "all"
    assert study.endpoints["lfs"].population == "in_cr"
    assert study.endpoints["dor"].origin == "remission"


def test_two_arms_are_compared_second_with_first(load):
    contrast = load().contrast
    assert (contrast.treated, contrast.control, contrast.label) == (("two",), ("one",), "Arm two vs Arm one")
    assert not contrast.post_hoc


def test_other_numbers_of_arms_need_a_contrast_to_have_one(load, study_toml):
    third = '\n[[arms]]\nkey = "three"\nlabel = "Arm three"\n'
    assert load(third).contrast is None
    side = '[contrast]\ntreated = "two"\ncontrol = ["one", "three"]\n'
    assert load(third + side).contrast.control_label == "Arm one or Arm three"


def test_arms_have_distinct_colours_and_a_second_cue(load):
    arms = load().arms
    assert [arm.color for arm in arms] == list(COLORS[:2])
    assert len({arm.linestyle for arm in arms}) == len({arm.marker for arm in arms}) == 2
    assert len(set(COLORS)) == len(COLORS)


def test_a_study_chooses_colours_and_the_other_arms_take_those_left(load, study_toml):
    third = '\n[[arms]]\nkey = "three"\nlabel = "Arm three"\n'
    text = study_toml.replace('label = "Arm two"', f'label = "Arm two"\ncolor = "{COLORS[0].lower()}"') + third
    assert [arm.color for arm in load(text=text).arms] == [COLORS[1], COLORS[0].lower(), COLORS[2]]


@pytest.mark.parametrize("color", COLORS)
def test_every_colour_of_the_palette_may_be_declared(load, study_toml, color):
    assert load(f'[[arms]]\nkey = "x"\nlabel = "X"\ncolor = "{color}"\n').arms[2].color == color


def test_contrast_is_that_of_the_standard():  # WCAG 2.2, G18 and its examples
    assert contrast_on_white("#000000") == pytest.approx(21)
    assert contrast_on_white("#FFFFFF") == pytest.approx(1)
    assert contrast_on_white("#767676") == pytest.approx(4.54, abs=0.005)
    assert contrast_on_white("#777777") < 4.5


def test_relapse_and_mortality_follow_leukaemia_free_survival(load):
    endpoints = load('[endpoints.lfs]\npopulation = "infused"\n').endpoints
    assert {endpoints[key].population for key in ("lfs", "relapse", "nrm")} == {"all"}
    assert endpoints["dor"].population == "in_cr"


def test_labels_are_plain_text(load):
    label = "<b>CD19</b> $x$ _y_ =1+1"
    assert load(f"\n[[arms]]\nkey = 'html'\nlabel = '{label}'\n").arms[-1].label == label


def test_every_fault_is_listed_at_once(load, study_toml):
    text = (
        study_toml.replace('unit = "days"', 'unit = "weeks"').replace("title", "published = true\ntitel", 1)
        + """
[[arms]]
key = "two"
label = "ARM ONE"
[endpoint]
[endpoints]
horizon_month = 24
[endpoints.lfs]
origin = "landmark"
[[covariates]]
column = "age_years"
label = "Age"
type = "numeric"
models = ["survive"]
[contrast]
treated = ["twoo"]
control = []
[disclosure]
threshold = 10
"""
    )
    message = faults_of(load, text=text)
    expected = [
        'unknown key "titel". Did you mean "title"?',
        "title: missing",
        'unknown word "weeks"',
        "[[arms]] key: given twice",
        "[[arms]] label: given twice",
        'unknown key "endpoint". Did you mean "endpoints"?',
        'unknown key "horizon_month". Did you mean "horizon_months"?',
        'unknown word "landmark"',
        'unknown word "numeric"',
        'unknown name "survive". Did you mean "survival"?',
        'unknown name "twoo". Did you mean "two"?',
        "[contrast] control: nothing is named",
        "published: published is no key any more. Put published.csv into the cohort folder",
        "[disclosure]: there is no disclosure control yet: no count is hidden or rounded. Remove [disclosure]",
    ]
    assert [text for text in expected if text not in message] == []
    assert f"{len(expected)} faults found" in message


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ('[contrast]\ntreated = ["one"]\ncontrol = ["one", "two"]', "an arm stands on both sides"),
        ('[[arms]]\nkey = "x"\nlabel = "All"', "reserved"),
        (
            '[[arms]]\nkey = "x"\nlabel = "X"\ncolor = "blue"',
            "[[arms]] 3 color: not a colour of six hexadecimal digits",
        ),
        ('[[arms]]\nkey = "x"\nlabel = "X"\ncolor = "#FFD700"', "too pale on white, contrast 1.4:1. Choose a darker"),
        ('[endpoints.os]\ntime = "t"\nevent = "e"', "for efs and lfs only"),
        ('[endpoints.lfs]\ntime = "t"', "time and event belong together"),
        ('[endpoints.lfs]\npopulation = "all"\norigin = "remission"', "not every patient"),
        ('[[covariates]]\ncolumn = "site"\nlabel = "Site"\ntype = "categorical"', "needs one"),
        ('[[covariates]]\ncolumn = "a b; drop"\nlabel = "Site"\ntype = "binary"', "not a canonical name"),
        ('[columns]\nage_years = {time = "t"}', "not one of the forms"),
        ('[columns]\nage_years = {column = "a", date = "b"}', "not one of the forms"),
        ('[columns]\nage_years = {colum = "a"}', 'Did you mean "column"?'),
        ('[files]\npatients = "../other/patients.csv"', "not a path"),
        ('[files]\npatients = "https://example.org/p.csv"', "not a path"),
        ('[columns]\nage_years = {column = "a", event_codes = [1]}', "event_codes: does nothing in this form"),
        ('[columns]\nage_years = {date = "a", unit = "days"}', "unit: does nothing in this form"),
        ('[columns]\nage_years = {time = "a", event = "b", values = {1 = "x"}}', "values: does nothing in this form"),
        (
            '[[covariates]]\ncolumn = "sex"\nlabel = "Sex"\ntype = "binary"\nunit = "years"',
            "so it has none. Remove unit",
        ),
        (
            '[[covariates]]\ncolumn = "age"\nlabel = "Age"\ntype = "continuous"\nreference = "no"',
            "so it has none. Remove reference",
        ),
        ("[disclosure]\nrounding = 5", "no count is hidden or rounded"),
        ("[arms]\nkey = 1", "not valid TOML"),
        ("title = ", "not valid TOML"),
        ("columns = 3", "a table is expected"),
        ("[[exposures]]\nkey = 1\nlabel = 'x'\ncolumns = []", "wrong kind of value"),
    ],
)
def test_each_mistake_is_named(load, study_toml, extra, problem):
    text = f"{extra}\n{study_toml}" if extra.startswith("columns") else f"{study_toml}\n{extra}"
    assert problem in faults_of(load, text=text)


def test_arms_must_be_a_list_of_tables(load):
    text = 'title = "x"\nsynthetic = true\ntime = {unit = "days"}\narms = {key = "a"}\ncovariates = [1]\n'
    message = faults_of(load, text=text)
    assert "[[arms]], in double brackets" in message
    assert "[[covariates]] 1: a table is expected" in message


@pytest.mark.parametrize("path", ["https://example.org/cohort", "", "no/such/folder"])
def test_paths_that_are_no_cohort_folder_are_refused(path):
    with pytest.raises(StudyError) as error:
        load_study(path)
    assert str(PROJECT_ROOT) not in str(error.value)


def test_a_mistyped_study_is_one_line_with_the_cohorts_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine" / "a").mkdir(parents=True)
    (tmp_path / "mine" / "a" / "study.toml").touch()
    here = "There are: data/klein_bmt, data/second_cart"
    for path, message in {
        "data/klein_bmtt": f"no cohort folder data/klein_bmtt. {here}.",
        "mine/b": f"no cohort folder mine/b. {here}, mine/a.",
        "mine": f"no study.toml in the folder mine. {here}.",
        str(tmp_path / "mine" / "b"): f"no cohort folder b. {here}.",
        "~no.such.user/b": f"no cohort folder ~no.such.user/b. {here}.",
        "n" * 5000: f"no cohort folder {'n' * 5000}. {here}.",
    }.items():
        with pytest.raises(StudyError) as error:
            load_study(path)
        assert str(error.value) == f"study: {message}"


def test_study_is_found_from_the_root_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_study("data/second_cart").key == "second_cart"
    assert load_study("data/second_cart/study.toml").key == "second_cart"


def test_messages_name_no_absolute_path(load, tmp_path):
    assert str(tmp_path) not in faults_of(load, "nonsense = 1")


def test_second_cart_contrast_is_post_hoc():
    study = load_study("data/second_cart")
    assert study.synthetic
    assert study.contrast.post_hoc
    assert study.contrast.treated == ("tandem",)
    assert [item.column for item in study.covariates_for("survival")] == ["high_risk_genetics", "lymphodepletion"]
    assert [item.column for item in study.covariates_for("response")] == ["prior_transplant", "extramedullary_disease"]


@pytest.mark.parametrize(("unit", "scale"), [("10 years", 10.0), ("years", 1.0), ("", 1.0), ("0.5 g", 0.5), ("0", 1.0)])
def test_unit_says_what_an_effect_is_per(load, unit, scale):
    extra = f'[[covariates]]\ncolumn = "age_years"\nlabel = "Age"\ntype = "continuous"\nunit = "{unit}"\n'
    assert load(extra if unit else extra.replace('unit = ""\n', "")).covariates[0].scale == scale


FLOW = """
[[flow]]
label = "Screened"
patients = 20
stopped = { "not eligible" = 5, "declined" = 1 }
[[flow]]
label = "Collected"
patients = 12
"""


def test_steps_before_time_zero_are_read_in_order(load):
    steps = load(FLOW).flow
    assert [(step.label, step.patients) for step in steps] == [("Screened", 20), ("Collected", 12)]
    assert steps[0].stopped == {"not eligible": 5, "declined": 1}


def test_steps_that_gain_patients_or_lose_too_many_are_refused(load):
    assert "fewer patients than at the step after it" in faults_of(load, FLOW.replace("12", "21"))
    assert "more patients stopped than went no further" in faults_of(load, FLOW.replace("12", "15"))
    assert "a reason without a count" in faults_of(load, FLOW.replace("= 5", '= "five"'))


@pytest.mark.parametrize("letter", ["\\u0000", "\\u001b", "\\u0007", "\\uffff"])
@pytest.mark.parametrize(
    ("written", "place"),
    [
        ('title = "Small', "study.toml, top of the file title"),
        ('label = "Arm', "study.toml, [[arms]] 1 label"),
        ('unit = "', "study.toml, [time] unit"),
    ],
)
def test_letters_that_cannot_be_printed_are_refused_where_they_stand(load, study_toml, written, place, letter):
    message = faults_of(load, text=study_toml.replace(written, written + letter, 1))
    assert f"{place}: a character that cannot be printed" in message
    assert all(sign.isprintable() or sign == "\n" for sign in message)


def test_reasons_and_codes_are_looked_at_too(load):
    extra = '[columns]\nsex = {column = "s", values = {"1" = "fe\\u001bmale"}}\n' + FLOW.replace(
        "declined", "no\\u0000"
    )
    message = faults_of(load, extra)
    assert "[columns] sex values 1: a character that cannot be printed" in message
    assert "[[flow]] 1 stopped: a character that cannot be printed" in message


def test_texts_longer_than_a_label_are_refused(load, study_toml):
    long = study_toml.replace("Small study", "x" * 256)
    assert "study.toml, top of the file title: longer than 255 letters" in faults_of(load, text=long)
    assert load(text=study_toml.replace("Small study", "x" * 255)).title == "x" * 255
