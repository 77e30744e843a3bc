"""What the codes of a short list mean."""

import pytest

from helpers.cohort.dictionary import dictionary
from helpers.cohort.initial.codes import is_read_as_it_is, meanings

COLUMNS = {column.name: column for column in dictionary() if column.table == "patients"}
# column, codes: their words
CODES = {
    ("sex", "m w"): "male female",
    ("sex", "F H"): "female male",
    ("sex", "M H"): "female male",
    ("sex", "mujer hombre"): "female male",
    ("sex", "男 女"): "male female",
    ("sex", "1 2"): "TODO TODO",
    ("prior_transplant", "ja nein"): "yes no",
    ("prior_transplant", "Oui Non"): "yes no",
    ("prior_transplant", "Sí No"): "yes no",
    ("prior_transplant", "是 否"): "yes no",
    ("prior_transplant", "1 2"): "yes TODO",
    ("response", "CR CRi RC RCi NR NE"): "cr cri cr cri nr not_evaluable",
    ("response", "完全缓解 未缓解 Echec"): "cr nr nr",
    ("response", "RCh RD ED"): "crh nr TODO",
    ("response", "1 XR"): "TODO TODO",
    ("response", "CR/MRD- CR/MRD+ PR"): "mrd_negative cr pr",
    ("antigen_at_relapse", "CD19- CD19+"): "cd19_low_or_negative positive",
    ("mrd", "pos neg + -"): "positive negative positive negative",
    ("mrd", "négative positiv 阴性 阳性"): "negative positive negative positive",
    ("lymphodepletion", "Flu/Cy DAC+Flu/Cy FC bendamustine"): "fc dac_fc fc TODO",
    ("lymphodepletion", "Dec+Flu/Cy Dec"): "dac_fc TODO",
    ("cause_of_death", "Rezidiv Infektion sonstige 感染"): "leukaemia infection other infection",
    ("car_target", "CD19 CD19/CD22 CD7"): "cd19 cd19_cd22 TODO",
    ("crs_grade", "0 G2 III 4级"): "0 2 3 4",
}


@pytest.mark.parametrize(("name", "codes"), CODES)
def test_codes_of_five_languages_have_words(name, codes):
    found = meanings(codes.split(), COLUMNS[name], {})
    assert list(found.values()) == CODES[name, codes].split()


def test_every_word_is_one_of_the_column():
    for column in COLUMNS.values():
        assert {*meanings([*column.words, "cr", "pr", "yes", "x"], column, {}).values()} <= {*column.words, "TODO"}


def test_a_legend_in_the_header_explains_codes():
    assert meanings("12", COLUMNS["sex"], {"1": "male", "2": "female"}) == {"1": "male", "2": "female"}


def test_usual_codes_need_no_table():
    assert is_read_as_it_is({"y": "yes", "N": "no"}, COLUMNS["bridging"])
    assert not is_read_as_it_is({"ja": "yes", "nein": "no"}, COLUMNS["bridging"])
