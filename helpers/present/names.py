"""The printed names of endpoints."""

from helpers.present.values import MEASURE_NAMES, capital

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
NAMES = ENDPOINTS | MEASURE_NAMES


def endpoint_name(key: str) -> str:
    """The printed name of an endpoint, with a capital; an unknown one as it is."""
    return capital(ENDPOINTS.get(key, key))
