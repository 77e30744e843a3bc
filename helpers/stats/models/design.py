"""Design matrices from declared covariates: numbers with readers' labels, never a formula."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.cohort.load import Cohort
from helpers.study import Contrast, Covariate, Study

ONE_LEVEL = "only one level among the patients used"
ARM_COLUMNS = {"contrast": "contrast", "arm": "arms"}  # the comparison that a covariate of the arms makes
DETERMINED = 1e-8  # of a standard deviation: what rounding leaves of a column that others determine
COLLINEAR = "determined by the other factors among the patients used"


@dataclass(frozen=True)
class Design:
    """A numeric matrix of model terms (one row per complete patient), and what was left out of it.

    `terms` says what each term is about, in columns of estimates: variable, variable_label, level, reference and
    comparison. `dropped` counts patients with a missing value, `left_out` gives the reason for each column that
    became no term, `labels` the label of every column. The matrix has no intercept.
    """

    matrix: pd.DataFrame
    terms: dict[str, dict[str, str]] = field(default_factory=dict)
    dropped: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The term labels, in order."""
        return list(self.matrix.columns)

    @property
    def variables(self) -> list[str]:
        """The columns of the covariates that became terms, in order."""
        return list(dict.fromkeys(self.terms[term]["variable"] for term in self.columns))

    def about(self, variable: str) -> dict[str, str]:
        """What a covariate as a whole is about, in columns of estimates."""
        label = self.labels[variable]
        kinds = [facts["comparison"] for facts in self.terms.values() if facts["variable"] == variable]
        return {"term": label, "variable": variable, "variable_label": label, "comparison": kinds[0] if kinds else ""}

    def only(self, *variables: str) -> "Design":
        """Return the design with the terms of these covariates alone, on the same patients."""
        terms = {term: self.terms[term] for term in self.columns if self.terms[term]["variable"] in variables}
        return Design(self.matrix[list(terms)], terms, self.dropped, labels=self.labels)

    def without(self, label: str) -> "Design":
        """Return the design without the terms of the covariate of this label, on the same patients."""
        return self.only(*(name for name in self.variables if self.labels[name] != label))

    def by_covariate(self) -> dict[str, "Design"]:
        """Return one design per covariate, for unadjusted effects on the same patients."""
        return {variable: self.only(variable) for variable in self.variables}


def design_matrix(patients: pd.DataFrame, covariates: Sequence[Covariate]) -> Design:
    """Return the design of the covariates: rows with a missing value are dropped and counted.

    Terms read "High-risk genetics: yes vs no" (an indicator per level other than the reference), "Tandem vs single" (an
    arm, or the declared comparison as the study names it) and "Age, per 10 years" (the value divided by the unit's
    number). A covariate that is absent, empty or has one level is left out.
    A reference level that nobody has is replaced by the first level present.
    """
    left_out = {c.column: reason for c in covariates if (reason := _unusable(patients, c))}
    used = [c for c in covariates if c.column not in left_out]
    complete = patients[[c.column for c in used]].notna().all(axis=1) if used else pd.Series(True, patients.index)
    rows = patients[complete]
    columns, terms = {}, {}
    for covariate in used:
        for term, values, facts in _terms(rows[covariate.column], covariate):
            columns[term], terms[term] = values.astype(float), facts
    remaining = {facts["variable"] for facts in terms.values()}
    left_out |= {c.column: ONE_LEVEL for c in used if c.column not in remaining}
    labels = {c.column: c.label for c in covariates}
    return Design(pd.DataFrame(columns, index=rows.index), terms, int((~complete).sum()), left_out, labels)


def declared_design(cohort: Cohort, model: str) -> Design:
    """Return the design of the study's "response" or "survival" models: the arms, then the declared covariates."""
    return design_matrix(cohort.patients, model_terms(cohort.study, model))


def contrast_covariate(contrast: Contrast) -> Covariate:
    """Return the study's contrast as a covariate of the `contrast` column, so that it can join a design."""
    return Covariate("contrast", contrast.label, "binary", contrast.control_label, ("response", "survival"), "")


def model_terms(study: Study, model: str) -> list[Covariate]:
    """Return the arms as a covariate, then the covariates chosen for "response" or "survival" models.

    The arms are the contrast when every arm is on one of its sides, otherwise a factor of all arms, whose reference is
    the first control arm, so that no patient of a third arm is left out.
    """
    contrast, covariates = study.contrast, study.covariates_for(model)
    labels = {arm.key: arm.label for arm in study.arms}
    if contrast and {*contrast.treated, *contrast.control} == set(labels):
        return [contrast_covariate(contrast), *covariates]
    if len(labels) < 2:
        return list(covariates)
    reference = labels[contrast.control[0] if contrast else study.arms[0].key]
    return [Covariate("arm", "Arm", "categorical", reference, ("response", "survival"), ""), *covariates]


def declared_strata(cohort: Cohort) -> pd.Series:
    """Return the stratum of each patient by the study's stratification factors, named by their labels.

    Words as ordered categories, NaN where one is missing; a Series without rows and categories when the study declares
    none, or the cohort does not record them.
    """
    factors = [covariate for covariate in cohort.study.covariates if covariate.column in cohort.study.strata]
    if not factors or any(_unusable(cohort.patients, factor) for factor in factors):
        return pd.Series(pd.Categorical([], []), name="")
    columns = cohort.patients[[factor.column for factor in factors]]
    known = columns.notna().all(axis=1)
    return categories(columns.astype(str).agg(", ".join, axis=1).where(known)).rename(
        " and ".join(factor.label for factor in factors)
    )


@dataclass(frozen=True)
class Usable:
    """The part of a design that given rows can estimate, and for each term left out the reason.

    `matrix` is centred and divided by `scales`, the standard deviations.
    """

    terms: list[str]
    matrix: np.ndarray
    scales: np.ndarray
    reasons: dict[str, str]


def usable(design: Design, rows: pd.Index) -> Usable:
    """Return the terms that vary among `rows` and are not combinations of earlier terms, with reasons for the rest.

    As in R, the later of two collinear terms is the one left out.
    """
    matrix = design.matrix if rows.equals(design.matrix.index) else design.matrix.loc[rows]
    values = matrix.to_numpy(float)
    varying = np.ptp(values, axis=0) > 0 if len(values) else np.zeros(values.shape[1], bool)
    reasons = {term: ONE_LEVEL for term, varies in zip(matrix.columns, varying, strict=True) if not varies}
    names, values = matrix.columns[varying], values[:, varying]
    scales = values.std(axis=0) if len(names) else np.ones(0)
    standard = np.asfortranarray((values - values.mean(axis=0)) / scales) if len(names) else values
    implied = determined(standard)
    reasons |= dict.fromkeys(names[implied], COLLINEAR)
    return Usable([*names[~implied]], standard[:, ~implied], scales[~implied], reasons)


def dependent(matrix: np.ndarray) -> bool:
    """Tell whether some column, all of which vary, is determined by those before it."""
    return bool(determined((matrix - matrix.mean(axis=0)) / matrix.std(axis=0)).any())


def determined(standard: np.ndarray) -> np.ndarray:
    """Tell which columns (centred, of unit variance) are determined by those before them."""
    size, width = standard.shape
    products, kept = standard.T @ standard, list[int]()
    for column in range(width):
        joint = products[kept, column]
        left = products[column, column] - joint @ np.linalg.lstsq(products[np.ix_(kept, kept)], joint, rcond=None)[0]
        if left > 1e-6 * size or not explained([*standard[:, kept].T], standard[:, column], DETERMINED):
            kept.append(column)
    return ~np.isin(np.arange(width), kept)


def explained(basis: list[np.ndarray], values: np.ndarray, share: float) -> bool:
    """Tell whether columns leave less than a share of another one (all of unit variance).

    The rows' products decide unless they leave so little that its last digits count.
    """
    before = np.array(basis)
    products, joint = before @ before.T, before @ values
    if values @ values - joint @ np.linalg.lstsq(products, joint, rcond=None)[0] > 1e-6 * len(values):
        return False
    rest = values - before.T @ np.linalg.lstsq(before.T, values, rcond=None)[0]
    return bool(np.linalg.norm(rest) <= share * np.sqrt(len(values)))


def _unusable(patients: pd.DataFrame, covariate: Covariate) -> str:
    """Say why a covariate cannot be a term, or nothing."""
    if covariate.column not in patients or patients[covariate.column].isna().all():
        return "not recorded"
    return "only one level" if patients[covariate.column].nunique() < 2 else ""


def _terms(values: pd.Series, covariate: Covariate) -> Iterator[tuple[str, pd.Series | np.ndarray, dict[str, str]]]:
    """Yield label, values and facts of the terms of one covariate."""
    facts = {"variable": covariate.column, "variable_label": covariate.label}
    if covariate.kind == "continuous":
        unit = covariate.unit.removesuffix("s") if covariate.unit.isalpha() else covariate.unit or "unit"
        facts |= {"level": f"per {unit}", "comparison": "step"}
        yield f"{covariate.label}, per {unit}", pd.to_numeric(values) / covariate.scale, facts
        return
    present, (codes, found) = levels(values), pd.factorize(values)
    words = [str(value) for value in found]
    reference = covariate.reference if covariate.reference in present else "".join(present[:1])
    facts |= {"reference": reference, "comparison": ARM_COLUMNS.get(covariate.column, "level")}
    for level in present:
        if level != reference:
            names = {"contrast": covariate.label, "arm": f"{level} vs {reference}"}
            name = names.get(covariate.column, f"{covariate.label}: {level} vs {reference}")
            yield name, codes == words.index(level), facts | {"level": level}


def levels(values: pd.Series) -> list[str]:
    """Return the levels present as text: the order of the categories, or "no" first, or sorted."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [str(level) for code, level in enumerate(values.cat.categories) if (values.cat.codes == code).any()]
    return sorted({str(value) for value in values.dropna().unique()}, key=lambda level: (level != "no", level))


def categories(values: pd.Series) -> pd.Series:
    """Return values as ordered categories of text, NaN where missing."""
    text = values.astype(str).where(values.notna())
    return pd.Series(pd.Categorical(text, levels(values), ordered=True), values.index, name=values.name)
