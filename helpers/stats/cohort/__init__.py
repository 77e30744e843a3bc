"""Who the patients are: flow, characteristics, missing values, follow-up."""
