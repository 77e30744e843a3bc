# Overall survival of a cohort written by registry.py, straight from R's survival package: one line of CSV per number.
# Rscript benchmarks/direct.R FOLDER second_cart|klein_bmt
suppressMessages(library(survival))
arguments <- commandArgs(TRUE)
p <- read.csv(file.path(arguments[1], "patients.csv"), comment.char = "#")
if (arguments[2] == "klein_bmt") {
  p$days <- p$t1
  p$dead <- p$d1
  p$arm <- factor(p$group, c(2, 1, 3))
  terms <- ~ arm + I(z1 / 10) + factor(z3) + I(z2 / 10) + factor(z8) + factor(z10)
} else {
  p$days <- ifelse(is.na(p$death_day), p$last_contact_day, p$death_day)
  p$dead <- as.integer(!is.na(p$death_day))
  p$tandem <- p$arm == "tandem"
  terms <- ~ tandem + I(high_risk_genetics == "yes") + I(lymphodepletion != "fc")
}
timed <- function(call) {
  seconds <- system.time(value <- call)[["elapsed"]]
  list(value = value, seconds = seconds)
}
say <- function(name, values, seconds) cat(sprintf("%s,%d,%.12g,%.2f\n", name, seq_along(values), values, seconds), sep = "")
cat("name,number,value,seconds\n")
km <- timed(summary(survfit(Surv(days, dead) ~ 1, p, conf.type = "log-log"), times = 24 * 365.25 / 12))
say("survival at 24 months", with(km$value, c(surv, lower, upper)), km$seconds)
rank <- timed(survdiff(Surv(days, dead) ~ arm, p))
say("log-rank chi-square", rank$value$chisq, rank$seconds)
cox <- timed(coxph(update(Surv(days, dead) ~ 1, terms), p))
say("Cox hazard ratio", exp(coef(cox$value)), cox$seconds)
