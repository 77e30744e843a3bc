"""Estimates turned into tables, figures and sentences; nothing here fits a model."""
