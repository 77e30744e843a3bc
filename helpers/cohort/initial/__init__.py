"""A first study.toml for an analyst's files: what headers and cells tell, each guess a line to confirm."""

from helpers.cohort.initial.study import InitialStudy, initial_study
