"""A small study that holds every key of study.toml, and its files, of each a second version."""

STUDY = """
title = "Small study"
synthetic = true
randomised = false
covariates_prespecified = true
strata = ["sex"]

[time]
unit = "days"
zero = "second infusion"
treated = "infused"

[files]
blood_counts = { file = "samples.xlsx", sheet = "Samples" }
[files.adverse_events]
file = "events.csv"
format = "redcap"
beside = ["fields.csv"]
events = ["week_arm_1"]
instrument = "toxicity"
[files.patients]
file = "people.csv"
missing = ["."]
where = { centre = [1, 2] }
header_row = 1
last_row = 9
encoding = "utf-8"
decimal = "."
dates = "dmy"

[columns]
patient_id = { row_number = true }
arm = { column = "group", values = { 1 = "one", 2 = "two", 3 = "three" } }
death_day = { time = "os", event = "died", event_codes = [1] }
bm_blasts_pct = { column = "bm_blasts_pct", missing = [-9] }
transplant_day = { date = "transplanted" }
response_day = { column = "assessed", unit = "days" }
relapse_day = { time = "relapsed", event = "came_back", unknown = [9], empty_after_last_contact = true }

[[arms]]
key = "one"
label = "Arm one"
color = "#0072B2"
[[arms]]
key = "two"
label = "Arm two"
[[arms]]
key = "three"
label = "Arm three"

[contrast]
treated = ["two"]
control = ["one"]
label = "Two vs one"
treated_label = "Two"
control_label = "One"
post_hoc = false

[response]
remission = ["cr", "cri"]
label = "Remission"
at_time_zero = false
ends = "relapse"

[endpoints]
horizon_months = 24
milestones_months = [6, 12]
landmark_days = [90]
min_at_risk = 1
off = ["dor"]

[endpoints.lfs]
population = "in_cr"
origin = "infusion"
label = "Leukaemia-free survival"
time = "lfs"
event = "lfs_event"
unknown = [8]

[[covariates]]
column = "age_years"
label = "Age"
type = "continuous"
unit = "10 years"
models = ["survival"]
[[covariates]]
column = "sex"
label = "Sex"
type = "binary"
reference = "female"
[[covariates]]
column = "centre"
label = "Centre"
type = "categorical"
reference = "1"

[[exposures]]
key = "consolidation"
label = "Consolidation"
columns = ["transplant_day"]
complication = false

[[flow]]
label = "Screened"
patients = 12
stopped = { "not eligible" = 1 }
"""
PEOPLE = """
patient_id  group sex    age_years bm_blasts_pct centre response assessed again relapsed os  died last_contact_day
2           1     female 31        20            1      cr       2        3     200      400 1    400
1           2     male   44        30            2      cri      1        2     .        700 0    700
3           1     male   27        40.5          1      cr       2        3     800      650 0    650
4           2     female 36        10            2      nr       1        2     .        90  2    90
5           1     female 60        50            1      cr       2        3     .        500 1    500
6           2     male   18        60            1      cr       1        2     300      520 0    520
7           3     male   35        15            2      nr       2        3     .        600 0    600
8           2     female 52        25            1      cr       1        2     .        480 0    480
"""
LATER = """
dead_later died_too infusion_date transplanted visited    lfs lfs_event efs efs_event came_back
400        1        2021-03-01    15/06/2021   2021-07-01 200 1         150 1 1
700        0        2021-04-01    .            .          700 0         600 0 0
650        0        2021-05-01    01/07/2021   2021-08-01 650 0         250 0 1
90         1        2021-06-01    .            .          60  0         28  0 0
500        1        2021-07-01    01/09/2021   2021-10-01 500 1         450 1 0
520        0        2021-08-01    01/10/2021   2021-10-05 300 1         260 0 1
600        0        2021-09-01    .            .          600 0         20  0 0
480        0        2021-10-01    10/01/2022   2022-01-24 480 0         430 0 0
"""


def as_csv(*blocks):
    """Blocks of columns apart by blanks, side by side as CSV."""
    lines = zip(*(block.strip().splitlines() for block in blocks), strict=True)
    return "\n".join(",".join(" ".join(line).split()) for line in lines) + "\n"


EVENTS = """
patient_id redcap_event_name redcap_repeat_instrument term   grade
1          week_arm_1        toxicity                 Fever  3
2          week_arm_1        toxicity                 Nausea 2
2          week_arm_1        infections               Sepsis 4
2          month_arm_1       toxicity                 Rash   1
"""
FIELDS = """
field_name field_type select_choices_or_calculations identifier
patient_id text       .                              .
term       radio      1                              .
"""
SAMPLES = "patient_id,day,anc_e9_per_l\n1,3,0.4\n2,4,0.6\n"
FILES = {
    "people": as_csv(PEOPLE, LATER),
    "other_people": as_csv(PEOPLE.replace("female 31", "female 32"), LATER),
    "events": as_csv(EVENTS),
    "other_events": as_csv(EVENTS.replace("Nausea", "Chills")),
    "fields": as_csv(FIELDS.replace("radio", "text")),
    "samples": SAMPLES,
    "other_samples": SAMPLES + "3,5,1\n",
    "other_fields": as_csv(FIELDS),
}
