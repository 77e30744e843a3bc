"""The printed names of endpoints and measures."""

ENDPOINTS = {
    "os": "overall survival",
    "os_censored_at_transplant": "overall survival, censored at transplant",
    "efs": "event-free survival",
    "lfs": "leukaemia-free survival",
    "relapse": "cumulative incidence of relapse",
    "nrm": "non-relapse mortality",
    "dor": "duration of remission",
    "cr": "complete remission",
    "crs": "CRS",
    "icans": "ICANS",
    "severe_crs": "severe CRS",
    "severe_icans": "severe ICANS",
    "follow_up": "follow-up",
}
MEASURES = {
    "odds_ratio": "odds ratio",
    "hazard_ratio": "hazard ratio",
    "subdistribution_hazard_ratio": "subdistribution hazard ratio",
    "risk_difference": "risk difference",
    "risk_ratio": "risk ratio",
    "rmst": "restricted mean",
    "rmst_difference": "difference in restricted mean survival time",
    "e_value": "E-value",
}
NAMES = ENDPOINTS | MEASURES


def capital(label: str) -> str:
    """A label at the start of a sentence, abbreviations left alone."""
    return label[:1].upper() + label[1:]


def endpoint_name(key: str) -> str:
    """The printed name of an endpoint, with a capital; an unknown one as it is."""
    return capital(ENDPOINTS.get(key, key))
