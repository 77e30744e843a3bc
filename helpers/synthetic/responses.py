"""The response block of a reconstructed cohort: who is in which arm, who reached remission, two covariates.

The patients of the published 2x3 table (arm by complete remission) get two binary covariates from one of the designs
enumerated in ``data/response_designs.csv``. Each makes the Wald logistic model for *not* reaching remission (tandem
plus the two covariates) print 0.128 (0.017-0.974).
"""

from functools import cache
from itertools import product

import numpy as np
import pandas as pd

from helpers.study import PROJECT_ROOT

ARM_SIZES = {"single": 18, "tandem": 14, "sequential": 3}
REMISSIONS = {"single": 10, "tandem": 12, "sequential": 1}
DESIGNS_FILE = PROJECT_ROOT / "data" / "response_designs.csv"

# Four of five cohorts use a design in which another factor is significant too: a paper that reports one
# multivariable model seldom keeps covariates that did nothing.
FLAGGED_SHARE = 0.8
# Patients out of 35. Extramedullary disease at relapse after a first CAR-T is a minority finding;
# between a quarter and two thirds of such patients have been transplanted before.
PREVALENCE = {"prior_transplant": (9, 23), "extramedullary_disease": (5, 14)}


# Patients as a 2x2 array [prior transplant, extramedullary disease] for each arm group and remission.
Cells = dict[tuple[str, bool], np.ndarray]


def response_block(rng: np.random.Generator) -> pd.DataFrame:
    """The 35 patients with arm, in_cr and the two response covariates (bool), remissions first.

    One row per patient, random order within remission and no remission. The design is drawn from the
    enumerated ones under a clinically coherent orientation (see ``orientations``).
    """
    choices = orientations()[bool(rng.random() < FLAGGED_SHARE)]
    cells = choices[rng.integers(len(choices))]
    blocks = [_group(rng, cells, group, in_cr) for in_cr in (True, False) for group in ("tandem", "others")]
    patients = pd.concat(blocks, ignore_index=True)
    order = np.lexsort((rng.random(len(patients)), ~patients["in_cr"].to_numpy()))
    return patients.iloc[order].reset_index(drop=True)


@cache
def designs() -> pd.DataFrame:
    """The enumerated designs, one row each: counts per arm group, remission and covariate cell, and a flag."""
    return pd.read_csv(DESIGNS_FILE)


@cache
def orientations() -> dict[bool, list[Cells]]:
    """Every design with every naming of its columns that is clinically coherent, by the design's flag.

    A column may be flipped or swapped without changing the tandem estimate. These are the namings with
    plausible prevalences in which extramedullary disease goes with fewer remissions, and prior
    transplantation does not go with more, by the direct comparison within the two arm groups.
    """
    coherent: dict[bool, list[Cells]] = {True: [], False: []}
    for design in designs().to_dict("records"):
        tables = {
            (group, word == "cr"): np.array([[design[f"{group}_{word}_{i}{j}"] for j in (0, 1)] for i in (0, 1)])
            for group, word in product(("tandem", "others"), ("cr", "no"))
        }
        for swapped, first, second in product((False, True), (1, -1), (1, -1)):
            cells = {key: (table.T if swapped else table)[::first, ::second] for key, table in tables.items()}
            if _is_coherent(cells):
                coherent[bool(design["another_factor_significant"])].append(cells)
    return coherent


def _is_coherent(cells: Cells) -> bool:
    """Whether prevalences and directions are those a clinician would expect."""
    total = np.sum(list(cells.values()), axis=0)
    prevalence = {"prior_transplant": total[1].sum(), "extramedullary_disease": total[:, 1].sum()}
    if any(not low <= prevalence[name] <= high for name, (low, high) in PREVALENCE.items()):
        return False
    return _mantel_haenszel(cells, axis=1) > 1.2 and _mantel_haenszel(cells, axis=0) >= 1


def _mantel_haenszel(cells: Cells, axis: int) -> float:
    """Odds ratio of not reaching remission, pooled over the arm groups (half a patient added per cell)."""
    sums = [[cells[group, in_cr].sum(axis=1 - axis) for in_cr in (False, True)] for group in ("tandem", "others")]
    without, with_cr = np.moveaxis(np.array(sums) + 0.5, 1, 0)  # each arm group x covariate
    size = (without + with_cr).sum(axis=1)
    return (without[:, 1] * with_cr[:, 0] / size).sum() / (without[:, 0] * with_cr[:, 1] / size).sum()


def _group(rng: np.random.Generator, cells: Cells, group: str, in_cr: bool) -> pd.DataFrame:
    """The patients of one arm group with one outcome, arms assigned at random within the group."""
    flat = np.repeat(np.arange(4), cells[group, in_cr].ravel())
    frame = pd.DataFrame({"in_cr": in_cr, "prior_transplant": flat >= 2, "extramedullary_disease": flat % 2 == 1})
    arms = [arm for arm in ARM_SIZES if (arm == "tandem") == (group == "tandem")]
    labels = np.repeat(arms, [REMISSIONS[arm] if in_cr else ARM_SIZES[arm] - REMISSIONS[arm] for arm in arms])
    frame.insert(0, "arm", rng.permutation(labels))
    return frame
