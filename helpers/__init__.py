"""Audited study reports from a cohort folder: study -> cohort -> stats -> present -> report."""
