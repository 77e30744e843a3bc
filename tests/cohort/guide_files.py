"""The files of the guide in data/README.md: the synthetic cohort as a hospital's workbook and as a REDCap export.

`.venv/bin/python -m tests.cohort.guide_files` writes them again. Remarks and hospital numbers are invented.
"""

import csv
from pathlib import Path

import openpyxl
import pandas as pd

DATA = Path(__file__).parents[2] / "data"
GUIDE = DATA / "guide"
ABOUT = (
    "SYNTHETIC DATA: no row is a real patient.",
    "Patients: one row per patient. Adverse events: one row per event. Days count from the infusion.",
)
# header in the workbook, field of REDCap, canonical column
COLUMNS = (
    ("Study no.", "record_id", "patient_id"),
    ("Treatment arm", "arm", "arm"),
    ("Age at infusion (y)", "age", "age_years"),
    ("Gender", "sex", "sex"),
    ("Date of 2nd CAR-T infusion", "infusion_dt", "infusion_date"),
    ("Prior allo-HSCT", "prior_hsct", "prior_transplant"),
    ("No. prior lines", "n_lines", "prior_lines"),
    ("EMD", "emd", "extramedullary_disease"),
    ("BM blasts (%)", "blast_pct", "bm_blasts_pct"),
    ("High risk cytogenetics", "hr_cyto", "high_risk_genetics"),
    ("LD regimen", "ld", "lymphodepletion"),
    ("Cell dose (10^6/kg)", "cell_dose", "cell_dose_e6_per_kg"),
    ("Best response", "best_resp", "response"),
    ("Date of response", "resp_dt", "response_day"),
    ("MRD status", "mrd", "mrd"),
    ("Date of relapse", "relapse_dt", "relapse_day"),
    ("Date of death", "death_dt", "death_day"),
    ("Last follow-up", "last_fu_dt", "last_contact_day"),
    ("Date of HSCT after CAR-T", "hsct_dt", "transplant_day"),
    ("CRS max grade", "crs_gr", "crs_grade"),
    ("CRS onset (day)", "crs_onset", "crs_onset_day"),
    ("CRS duration (d)", "crs_days", "crs_duration_days"),
    ("ICANS grade", "icans_gr", "icans_grade"),
    ("Tocilizumab (y/n)", "toci", "tocilizumab"),
    ("Steroids", "steroids", "corticosteroids"),
)
EVENTS = (
    ("Study no.", "record_id", "patient_id"),
    ("AE term", "ae_term", "term"),
    ("CTCAE grade", "ae_grade", "grade"),
    ("Onset (day)", "ae_onset", "onset_day"),
)
WORDS = {  # canonical word -> as in the workbook
    "arm": {"single": "Single", "tandem": "Tandem", "sequential": "Sequential"},
    "sex": {"female": "F", "male": "M"},
    "lymphodepletion": {"fc": "Flu/Cy", "dac_fc": "DAC+Flu/Cy"},
    "response": {"cr": "CR", "crh": "CRh", "cri": "CRi", "nr": "NR", "not_evaluable": "Not evaluable"},
    "mrd": {"negative": "neg", "positive": "pos"},
}
CHOICES = {  # field -> label in the dictionary of each canonical word, numbered from 1
    "arm": {"single": "Single target", "tandem": "Tandem", "sequential": "Sequential"},
    "sex": {"female": "Female", "male": "Male"},
    "ld": {"fc": "Flu/Cy", "dac_fc": "Decitabine + Flu/Cy"},
    "best_resp": {"cr": "CR", "crh": "CRh", "cri": "CRi", "nr": "NR", "not_evaluable": "Not evaluable"},
    "mrd": {"negative": "Negative", "positive": "Positive"},
}
DICTIONARY = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Identifier?",
)
FORMS = {"ae_term": "adverse_events", "ae_grade": "adverse_events", "ae_onset": "adverse_events"}


def hospital_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients and adverse events of the synthetic cohort, canonical names, days as dates but for toxicity."""
    patients = pd.read_csv(DATA / "second_cart" / "patients.csv", dtype={"patient_id": str})
    start = pd.to_datetime(patients["infusion_date"])
    for column in ("response_day", "relapse_day", "death_day", "last_contact_day", "transplant_day"):
        patients[column] = start + pd.to_timedelta(patients[column], unit="D")
    patients["infusion_date"] = start
    events = pd.read_csv(DATA / "second_cart" / "adverse_events.csv", dtype={"patient_id": str})
    return patients[[name for _, _, name in COLUMNS]], events[[name for _, _, name in EVENTS]]


def write_workbook(path: Path) -> None:
    """The hospital's workbook: a sheet that explains it, the patients below a title, and the adverse events."""
    book = openpyxl.Workbook()
    about = book.active
    about.title = "READ ME"
    for line in ABOUT:
        about.append([line])
    patients, events = hospital_tables()
    sheets = (("Patients", ["Second CAR-T, data cut 2024"], patients, COLUMNS), ("Adverse events", [], events, EVENTS))
    for name, title, frame, columns in sheets:
        sheet = book.create_sheet(name)
        if title:
            sheet.append(title)
        sheet.append([header for header, _, _ in columns] + ["Remarks"])
        worded = frame.replace(WORDS).replace({"yes": "y", "no": "n"})
        for row in worded.astype(object).where(worded.notna(), None).itertuples(index=False):
            cells = [cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell for cell in row]
            sheet.append([*cells, "invented remark" if name == "Patients" else None])
    book.save(path)


def write_redcap(records: Path, dictionary: Path) -> None:
    """A raw export with a repeating instrument for the adverse events, and its data dictionary."""
    patients, events = hospital_tables()
    numbers = {field: {word: str(n) for n, word in enumerate(words, 1)} for field, words in CHOICES.items()}
    codes = {canonical: numbers[field] for _, field, canonical in COLUMNS if field in numbers}
    main = patients.replace(codes).replace({"yes": "1", "no": "0"})
    main.insert(1, "hospital_no", [f"H{number:04d}" for number in range(1, len(main) + 1)])
    main = main.rename(columns={canonical: field for _, field, canonical in COLUMNS}).assign(patient_complete="2")
    repeats = events.rename(columns={canonical: field for _, field, canonical in EVENTS})
    repeats.insert(1, "redcap_repeat_instrument", "adverse_events")
    repeats.insert(2, "redcap_repeat_instance", repeats.groupby("record_id").cumcount() + 1)
    rows = pd.concat([main, repeats], ignore_index=True)
    first = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance"]
    rows = rows.sort_values("record_id", kind="stable")[first + [name for name in rows if name not in first]]
    whole = [
        "age",
        "n_lines",
        "crs_gr",
        "icans_gr",
        "ae_grade",
        "ae_onset",
        "crs_onset",
        "crs_days",
        "redcap_repeat_instance",
    ]
    rows[whole] = rows[whole].astype("Int64")
    rows.to_csv(records, index=False, date_format="%Y-%m-%d", lineterminator="\n")
    fields = [("record_id", "Record ID"), ("hospital_no", "Hospital number")]
    fields += [(field, header) for header, field, _ in (*COLUMNS[1:], *EVENTS[1:])]
    with dictionary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([DICTIONARY, *(_field(*field) for field in fields)])


def _field(name: str, label: str) -> list[str]:
    """One row of the data dictionary."""
    choices = " | ".join(f"{n}, {word}" for n, word in enumerate(CHOICES.get(name, {}).values(), 1))
    yes_no = ("prior_hsct", "emd", "hr_cyto", "toci", "steroids")
    kind = "radio" if choices else "yesno" if name in yes_no else "text"
    validation = "date_ymd" if name.endswith("_dt") else ""
    identifier = "y" if name == "hospital_no" else ""
    return [name, FORMS.get(name, "patient"), "", kind, label, choices, "", validation, identifier]


if __name__ == "__main__":
    GUIDE.mkdir(exist_ok=True)
    write_workbook(GUIDE / "export.xlsx")
    write_redcap(GUIDE / "records.csv", GUIDE / "dictionary.csv")
