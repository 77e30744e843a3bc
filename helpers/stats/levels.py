"""The levels that every statistic shares."""

from scipy.stats import chi2, norm

ALPHA = 0.05  # two-sided; P is held against it by helpers.stats.ties, never as a bare float
CONFIDENCE = 1 - ALPHA
Z95 = float(norm.ppf(1 - ALPHA / 2))
CHI2_95 = float(chi2.ppf(CONFIDENCE, 1))
FEW_EVENTS_PER_TERM = 10.0
FEWEST_PER_SIDE = 3  # exposed, or unexposed, patients that a comparison from a landmark needs
