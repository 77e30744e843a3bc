"""Design matrices from declared covariates: numbers with readers' labels, never a formula."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.study import Contrast, Covariate, Study

ONE_LEVEL = "only one level among the patients used"
COLLINEAR = "determined by the other factors among the patients used"


@dataclass(frozen=True)
class Design:
    """A numeric matrix of model terms (one row per complete patient), and what was left out of it.

    `covariates` maps each term to the label of the covariate it belongs to, `dropped` counts patients with a missing
    value, `left_out` gives the reason for each covariate that became no term. The matrix has no intercept.
    """

    matrix: pd.DataFrame
    covariates: dict[str, str]
    dropped: int = 0
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The term labels, in order."""
        return list(self.matrix.columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, for the reader."""
        missing = f"{self.dropped} patients with a missing covariate left out"
        left_out = [f"{label} left out: {reason}" for label, reason in self.left_out.items()]
        return (*([missing] if self.dropped else []), *left_out)

    def only(self, terms: Iterable[str]) -> "Design":
        """Return the design with these terms alone, on the same patients."""
        wanted = set(terms)
        kept = [term for term in self.columns if term in wanted]
        return Design(self.matrix[kept], {term: self.covariates[term] for term in kept}, self.dropped)

    def without(self, label: str) -> "Design":
        """Return the design without the terms of one covariate, on the same patients."""
        return self.only(term for term in self.columns if self.covariates[term] != label)

    def by_covariate(self) -> dict[str, "Design"]:
        """Return one design per covariate, for unadjusted effects on the same patients."""
        labels = dict.fromkeys(self.covariates.values())
        return {label: self.only(t for t in self.columns if self.covariates[t] == label) for label in labels}


def design_matrix(patients: pd.DataFrame, covariates: Sequence[Covariate]) -> Design:
    """Return the design of the covariates: rows with a missing value are dropped and counted.

    Terms read "High-risk genetics: yes vs no" (an indicator per level other than the reference) and "Age, per 10
    years" (the value divided by the unit's number). A covariate that is absent, empty or has one level is left out
    with a note instead of costing patients or a singular fit. A reference level that nobody has is replaced by the
    first level present.
    """
    left_out = {c.label: reason for c in covariates if (reason := _unusable(patients, c))}
    used = [c for c in covariates if c.label not in left_out]
    complete = patients[[c.column for c in used]].notna().all(axis=1) if used else pd.Series(True, patients.index)
    rows = patients[complete]
    matrix, owners = pd.DataFrame(index=rows.index), {}
    for covariate in used:
        block = _block(rows[covariate.column], covariate)
        matrix = pd.concat([matrix, block.astype(float)], axis=1)
        owners |= dict.fromkeys(block.columns, covariate.label)
    left_out |= {c.label: ONE_LEVEL for c in used if c.label not in owners.values()}
    return Design(matrix, owners, int((~complete).sum()), left_out)


def contrast_covariate(contrast: Contrast, label: str = "Arm") -> Covariate:
    """Return the study's contrast as a covariate of the `contrast` column, so that it can join a design."""
    models = ("response", "survival")
    return Covariate("contrast", label, "binary", contrast.control_label, models, "")


def model_terms(study: Study, model: str) -> list[Covariate]:
    """Return the arms as a covariate, then the covariates chosen for "response" or "survival" models.

    The arms are the contrast when every arm is on one of its sides. Otherwise they are a factor of all arms, whose
    reference is the first control arm, so that no patient is left out for belonging to a third arm.
    """
    return [*_arms(study), *study.covariates_for(model)]


def _arms(study: Study) -> list[Covariate]:
    """Return the contrast or the arms as a covariate; nothing in a study with one arm."""
    contrast, labels = study.contrast, {arm.key: arm.label for arm in study.arms}
    if contrast and {*contrast.treated, *contrast.control} == set(labels):
        return [contrast_covariate(contrast)]
    reference = labels[contrast.control[0] if contrast else study.arms[0].key]
    return [Covariate("arm", "Arm", "categorical", reference, ("response", "survival"), "")] * (len(labels) > 1)


def stratum(patients: pd.DataFrame, covariates: Iterable[Covariate]) -> pd.Series:
    """Return the first binary or categorical covariate with two levels or more, by its label: the stratum of a model.

    Words as ordered categories, NaN where missing; a Series without rows and categories when there is none.
    """
    for covariate in covariates:
        if covariate.kind != "continuous" and not _unusable(patients, covariate):
            values, names = patients[covariate.column], levels(patients[covariate.column])
            words = pd.Categorical(values.astype(str).where(values.notna()), names, ordered=True)
            return pd.Series(words, patients.index, name=covariate.label)
    return pd.Series(pd.Categorical([], []), name="")


@dataclass(frozen=True)
class Usable:
    """The part of a design that given rows can estimate: matrix, and for each term left out the reason."""

    matrix: pd.DataFrame
    reasons: dict[str, str]


def usable(design: Design, rows: pd.Index) -> Usable:
    """Return the terms that vary among `rows` and are not combinations of earlier terms, with reasons for the rest.

    As in R, the later of two collinear terms is the one left out.
    """
    matrix = design.matrix.loc[rows]
    reasons: dict[str, str] = {}
    basis = np.ones((len(matrix), 1))
    for term in matrix.columns:
        values = matrix[term].to_numpy(float)
        if len(values) == 0 or np.ptp(values) == 0:
            reasons[term] = ONE_LEVEL
        elif _explained(values, basis):
            reasons[term] = COLLINEAR
        else:
            basis = np.column_stack([basis, (values - values.mean()) / values.std()])
    return Usable(matrix.drop(columns=list(reasons)), reasons)


def _unusable(patients: pd.DataFrame, covariate: Covariate) -> str:
    """Say why a covariate cannot be a term, or nothing."""
    if covariate.column not in patients or patients[covariate.column].isna().all():
        return "not recorded"
    return "only one level" if patients[covariate.column].nunique() < 2 else ""


def _block(values: pd.Series, covariate: Covariate) -> pd.DataFrame:
    """Return the columns of one covariate."""
    if covariate.kind == "continuous":
        label = f"{covariate.label}, per {_step(covariate.unit)}"
        return pd.DataFrame({label: pd.to_numeric(values) / covariate.scale})
    found = levels(values)
    reference = covariate.reference if covariate.reference in found else found[0] if found else ""
    text = values.astype(str)
    return pd.DataFrame(
        {f"{covariate.label}: {level} vs {reference}": text == level for level in found if level != reference},
        index=values.index,
    )


def _step(unit: str) -> str:
    """Return what a continuous effect is per: "10 years" as it is, "years" as "year"."""
    return unit.removesuffix("s") if unit.isalpha() else unit or "unit"


def levels(values: pd.Series) -> list[str]:
    """Return the levels present as text: the order of the categories, or "no" first, or sorted."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [str(level) for level in values.cat.categories if (values == level).any()]
    return sorted({str(value) for value in values.dropna()}, key=lambda level: (level != "no", level))


def _explained(values: np.ndarray, basis: np.ndarray) -> bool:
    """Tell whether a column is a linear combination of the basis."""
    centred = (values - values.mean()) / values.std()
    residual = centred - basis @ np.linalg.lstsq(basis, centred, rcond=None)[0]
    return bool(np.linalg.norm(residual) < 1e-8 * np.sqrt(len(values)))
