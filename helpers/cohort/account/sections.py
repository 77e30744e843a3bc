"""Which sections of the reports will show something for a cohort, and what the others lack: a table of their needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.cohort.endpoints import recorded
from helpers.study import Study

CHARACTERISTIC = "a_characteristic"  # any column that is known before treatment
# Notebook, heading, and what it needs, all of it: a column of patients (or one of several), a table or a column of
# it, an endpoint, or a part of study.toml.
NEEDS = """
01_cohort | Flow of patients |
01_cohort | Characteristics before treatment | a_characteristic
01_cohort | Missing values | a_characteristic
01_cohort | Follow-up | endpoint:os
01_cohort | Quality of the data |
02_response | Response by arm | response
02_response | First and second target | response first_target car_target
02_response | Every patient | endpoint:os
02_response | The comparison | response study:contrast
02_response | Adjusted for other factors | response study:factors_of_response
02_response | Within subgroups | response study:contrast study:covariates
03_safety | Cytokine release syndrome and neurotoxicity | crs_grade/icans_grade
03_safety | Adverse events | adverse_events:
03_safety | Low blood counts | blood_counts:anc_e9_per_l/platelets_e9_per_l/haemoglobin_g_per_l
03_safety | Haematotoxicity of immune effector cells (ICAHT) | blood_counts:anc_e9_per_l
03_safety | Recovery | blood_counts:anc_e9_per_l/platelets_e9_per_l
03_safety | Infections | adverse_events:system_organ_class
03_safety | Deaths from any cause | endpoint:os
03_safety | Exploratory associations | crs_grade
04_survival | Overall survival | endpoint:os
04_survival | Event-free survival | endpoint:efs
04_survival | Survival without relapse, and what ended it | endpoint:lfs endpoint:relapse endpoint:nrm
04_survival | Values, medians and comparisons | endpoint:os
04_survival | Treatment and events that begin after time zero | study:exposures
05_multivariate | Survival without relapse | endpoint:lfs study:factors_of_survival
05_multivariate | Overall survival | endpoint:os study:factors_of_survival
05_multivariate | Relapse and non-relapse mortality | endpoint:relapse study:factors_of_survival
05_multivariate | Complete remission | response study:factors_of_response
05_multivariate | Treatment and events that begin after time zero, adjusted | study:exposures study:covariates
06_robustness | Which test? | response study:contrast
06_robustness | Which analysis? | endpoint:os study:contrast study:real_patients
06_robustness | Which cohort? | file:ensemble.csv
06_robustness | Next trial | study:contrast
"""
ABSENT = {
    "contrast": "no comparison is declared",
    "covariates": "no covariate is declared",
    "exposures": "no exposure is declared",
    "factors_of_response": "neither a comparison nor a covariate of the response is declared",
    "real_patients": "left out for a synthetic cohort",
    "factors_of_survival": "neither a comparison nor a covariate of survival is declared",
}


@dataclass(frozen=True)
class Section:
    """A section of a report: whether it will show something, else what it lacks."""

    report: str
    section: str
    lacks: str

    @property
    def shown(self) -> bool:
        """Whether it will show something."""
        return not self.lacks


@dataclass(frozen=True)
class Facts:
    """What the sections ask of: a study, the tables that there are, patients among them, and their columns of
    `characteristics`; by endpoint what it lacks, "" for nothing.
    """

    study: Study
    tables: Mapping[str, pd.DataFrame]
    characteristics: Sequence[str]
    endpoints: Mapping[str, str]

    def lacking(self, need: str) -> str:
        """What is missing of one need, in words; "" for nothing."""
        kind, _, name = need.rpartition(":")
        if kind == "study":
            return "" if _declared(self.study, name) else ABSENT[name]
        if kind == "file":
            return "" if (self.study.folder / name).is_file() else f"no {name} in the folder"
        if kind == "endpoint":
            return self.endpoints.get(name, "")
        if need.endswith(":"):
            return "" if kind in self.tables else f"no {kind} file"
        table = kind or "patients"
        names = self.characteristics if name == CHARACTERISTIC else name.split("/")
        if table in self.tables and any(recorded(self.tables[table], column) for column in names):
            return ""
        if table not in self.tables:
            return f"no {table} file"
        return "no characteristic is recorded" if name == CHARACTERISTIC else f"{' or '.join(names)} is not recorded"


def sections(facts: Facts) -> tuple[Section, ...]:
    """Every section of the reports, in order."""
    rows = []
    for line in NEEDS.strip().splitlines():
        report, section, needs = (part.strip() for part in line.split("|"))
        lacks = dict.fromkeys(filter(None, map(facts.lacking, needs.split())))
        rows.append(Section(report, section, "; ".join(lacks)))
    return tuple(rows)


def _declared(study: Study, name: str) -> bool:
    """Whether study.toml has a part that a section needs."""
    kind, _, model = name.partition("_of_")
    if kind == "factors":
        return len(study.arms) > 1 or bool(study.covariates_for(model))
    return not study.synthetic if name == "real_patients" else bool(getattr(study, name))
