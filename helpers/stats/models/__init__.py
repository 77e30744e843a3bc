"""Regression models and their checks: every function takes the table of an endpoint or outcome, then a design."""

from helpers.stats.models.competing_risks import cause_specific, fine_gray
from helpers.stats.models.cox_regression import cox, cox_firth, unadjusted
from helpers.stats.models.design import contrast_covariate, declared_design, declared_strata, design_matrix, model_terms
from helpers.stats.models.diagnostics import e_values, events_per_variable, holm
from helpers.stats.models.discrimination import concordance
from helpers.stats.models.imputation import imputed_cox, imputed_logistic
from helpers.stats.models.influential import influence, leave_one_out
from helpers.stats.models.logistic_regression import logistic, logistic_firth, logistic_profile
from helpers.stats.models.proportionality import proportional_hazards, time_varying_coefficients
from helpers.stats.models.subgroups import subgroup_odds_ratios
