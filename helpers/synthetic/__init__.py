"""Reconstruction of cohorts from published figures; nothing else imports it."""
