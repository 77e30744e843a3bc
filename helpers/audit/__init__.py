"""The published figures: compared with our estimates, and reconstructed as synthetic cohorts that match them all."""
