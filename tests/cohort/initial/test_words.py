"""What the words of a header mean."""

# ruff: noqa: RUF001
import pytest

from helpers.cohort.initial.words import readings

MEANINGS = {
    "Age at infusion (y)": "age of infusion years",
    "dateOfDeath": "date of death",
    "OSmonths": "os months",
    "last_fu_dt": "last contact date",
    "Date of 2nd CAR-T infusion": "date of second cart infusion",
    "First CAR-T infusion": "first_infusion cart infusion",
    "Prior CAR-T": "first_infusion cart",
    "prior to CAR-T": "before cart",
    "Cell dose (×10⁶/kg)": "cells dose milperkg",
    "CAR T cells/kg (x10^6)": "cart milperkg",
    "Dosis (Mio/kg)": "dose milperkg",
    "Todesdatum": "death date",
    "Rezidivdatum": "relapse date",
    "Infusionsdatum": "infusion date",
    "Therapiearm": "therapy arm",
    "Âge à l’inclusion": "age of entry",
    "Date d'allogreffe": "date transplant",
    "Fecha de último control": "date of last contact",
    "末次随访日期": "last contact date",
    "CAR-T细胞回输剂量（×10^6/kg）": "cart infusion dose milperkg",
    "DDN": "last contact",
    "Tocilizumab (y/n)": "tocilizumab yn",
    "CRS grade (0-4)": "crs grade scale",
    "intxsurv": "os months",
}


@pytest.mark.parametrize("header", MEANINGS)
def test_headers_are_understood_word_by_word(header):
    found = [[part for _, meaning in reading.words for part in meaning.split()] for reading in readings(header)]
    assert MEANINGS[header].split() in found


@pytest.mark.parametrize("header", ["nodes", "Xyzzy", "pgr", "z1", "mspiked"])
def test_what_is_no_known_word_is_not_made_of_known_pieces(header):
    assert all(reading.unknown for reading in readings(header))


@pytest.mark.parametrize("header", ["Sex (1=male, 2=female)", "Sex (male=1; female=2)", "Sex: 1 = male / 2 = female"])
def test_legends_of_codes_are_no_words(header):
    [reading] = readings(header)
    assert reading.legend == {"1": "male", "2": "female"}
    assert reading.meanings == {"sex"}
