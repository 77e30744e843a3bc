"""The table of endpoints: one row each. What ends an endpoint is its rule in helpers.cohort.endpoints."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EndpointRow:
    """What a study need not say about an endpoint; {remission} in a label stands for the study's word of it.

    `population` is "all" or "in_cr", `origin` "infusion" (time zero) or "remission". `follows` names the endpoint
    whose population, origin and recorded time this one shares. `from_time_zero`: read in patients who may never
    reach remission, so its clock cannot start there. `recordable`: the source's own time and indicator may be used.
    """

    label: str
    population: str
    origin: str
    follows: str = ""
    from_time_zero: bool = False
    recordable: bool = False


ENDPOINTS = {
    "os": EndpointRow("Overall survival", "all", "infusion", from_time_zero=True),
    "efs": EndpointRow("Event-free survival", "all", "infusion", from_time_zero=True, recordable=True),
    "lfs": EndpointRow("Leukaemia-free survival", "in_cr", "infusion", recordable=True),
    # relapse and death without relapse are the two ways LFS ends: same patients, same clock
    "relapse": EndpointRow("Cumulative incidence of relapse", "in_cr", "infusion", follows="lfs"),
    "nrm": EndpointRow("Non-relapse mortality", "in_cr", "infusion", follows="lfs"),
    "dor": EndpointRow("Duration of {remission}", "in_cr", "remission"),
}
