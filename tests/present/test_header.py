"""What opens every page: how many patients, whatever the data file is called and whatever kind it is."""

import pytest

from helpers.cohort import load_cohort
from helpers.present import header


@pytest.mark.parametrize("name", ["patients.csv", "patients.xlsx", "export.xlsx", "export.parquet"])
def test_rows_and_patients_are_counted_in_any_file(make_cohort, study_toml, patients, name):
    folder = make_cohort(patients, study_toml + f'[files]\npatients = "{name}"\n')
    written = folder / name
    if written.suffix == ".xlsx":
        patients.to_excel(written, index=False)
    elif written.suffix == ".parquet":
        patients.to_parquet(written)
    cohort = load_cohort(folder, "sex=female")
    assert header.loaded(cohort).note == "4 of 8 patients: the subgroup sex=female."
    label, value = header.provenance(cohort).items[1]
    assert label == name
    assert value.startswith("8 rows, SHA-256 ")


def test_files_of_other_tables_are_not_counted_as_patients(make_cohort, study_toml, patients):
    samples = "patient_id,day,anc_e9_per_l\nP01,3,0.4\nP02,3,0.5\n"
    study = study_toml + '[files]\nblood_counts = "patients_blood.csv"\n'
    cohort = load_cohort(make_cohort(patients, study, patients_blood=samples))
    assert header.loaded(cohort).note == "8 patients."
