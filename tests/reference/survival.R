# Reference values for survival, competing risks and exposures -> tests/reference/survival.json
suppressMessages({
  library(survival)
  library(cmprsk)
  library(jsonlite)
})
month <- 30.4375
horizons <- c(6, 12, 24)
landmarks <- c(90, 180)
exact <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 60)

# ---- data sets: id, days, cause, arm, stratum, exposure_day -> months and 0/1 --------------------------------

prepared <- function(d) {
  d$time <- d$days / month
  d$event <- as.integer(d$cause != "censored")
  d$exposure <- d$exposure_day / month
  d$arm <- factor(d$arm, levels = unique(sort(as.character(d$arm))))
  d
}

klein <- function() {
  d <- read.csv("data/klein_bmt/patients.csv")
  common <- data.frame(id = seq_len(nrow(d)), arm = paste0("group ", d$group), stratum = d$z9,
                       exposure_day = ifelse(d$dc == 1, d$tc, NA))
  lfs <- cbind(common, days = d$t2,
               cause = ifelse(d$d2 == 1, "relapse", ifelse(d$d1 == 1, "death without relapse", "censored")))
  os <- cbind(common, days = d$t1, cause = ifelse(d$d1 == 1, "death", "censored"))
  list(klein_lfs = lfs, klein_os = os)
}

second_cart <- function() {
  d <- read.csv("data/second_cart/patients.csv", na.strings = "")
  first <- function(...) pmin(..., na.rm = TRUE)
  common <- data.frame(id = seq_len(nrow(d)), arm = d$arm, stratum = d$high_risk_genetics,
                       exposure_day = first(d$transplant_day, d$dac_consolidation_day))
  os <- cbind(common, days = first(d$death_day, d$last_contact_day),
              cause = ifelse(is.na(d$death_day), "censored", "death"))
  lfs <- cbind(common, days = first(d$relapse_day, d$death_day, d$last_contact_day),
               cause = ifelse(!is.na(d$relapse_day), "relapse",
                              ifelse(!is.na(d$death_day), "death without relapse", "censored")))
  list(second_cart_os = os, second_cart_lfs = lfs[d$response %in% c("cr", "crh", "cri"), ])
}

sets <- function() {
  small <- c("tied", "censored", "quiet_arm", "half")
  found <- lapply(small, function(name) read.csv(file.path("tests/reference/sets", paste0(name, ".csv"))))
  names(found) <- small
  found <- c(found, klein())
  if (file.exists("data/second_cart/patients.csv")) found <- c(found, second_cart())
  lapply(found, prepared)
}

# ---- one arm at a time --------------------------------------------------------------------------------------

log_log <- function(est, var) {
  width <- qnorm(0.975) * sqrt(var) / (est * log(est))
  list(low = est^exp(-width), high = est^exp(width))
}

curve <- function(fit) {
  list(time = fit$time, survival = fit$surv, low = fit$lower, high = fit$upper, at_risk = fit$n.risk,
       events = fit$n.event, censored = fit$n.censor)
}

one_arm <- function(d) {
  fit <- survfit(Surv(time, event) ~ 1, d, conf.type = "log-log")
  reverse <- survfit(Surv(time, 1 - event) ~ 1, d, conf.type = "log-log")
  inside <- horizons[horizons <= max(d$time)]
  at <- summary(fit, times = inside)
  middle <- function(f) unname(summary(f)$table[c("median", "0.95LCL", "0.95UCL")])
  mean <- function(tau) if (tau < min(d$time)) c(tau, 0) else unname(summary(fit, rmean = tau)$table[c("rmean", "se(rmean)")])
  list(curve = curve(fit), median = middle(fit), follow_up = middle(reverse),
       at = list(time = inside, survival = at$surv, low = at$lower, high = at$upper, at_risk = at$n.risk),
       rmst = lapply(inside, mean))
}

# ---- comparisons of arms ------------------------------------------------------------------------------------

test <- function(fit) list(statistic = unname(fit$chisq), df = sum(rowSums(as.matrix(fit$exp)) > 0) - 1)

log_ranks <- function(d) {
  list(plain = test(survdiff(Surv(time, event) ~ arm, d)),
       peto = test(survdiff(Surv(time, event) ~ arm, d, rho = 1)),
       stratified = test(survdiff(Surv(time, event) ~ arm + strata(stratum), d)))
}

competing <- function(d, cause) {
  code <- ifelse(d$cause == cause, 1, ifelse(d$cause == "censored", 0, 2))
  found <- cuminc(d$time, code, d$arm)
  chosen <- found[grepl(" 1$", names(found))]
  arms <- lapply(chosen, function(one) {
    at <- timepoints(list(one), horizons)
    limits <- log_log(at$est, at$var)
    list(incidence = as.vector(at$est), variance = as.vector(at$var), low = as.vector(limits$low),
         high = as.vector(limits$high))
  })
  names(arms) <- sub(" 1$", "", names(chosen))
  naive <- lapply(split(d, d$arm), function(one) {
    one$caused <- as.integer(one$cause == cause)
    fit <- survfit(Surv(time, caused) ~ 1, one)
    1 - summary(fit, times = horizons[horizons <= max(one$time)])$surv
  })
  list(arms = arms, gray = unname(found$Tests["1", c("stat", "pv", "df")]), naive = naive)
}

fine_gray <- function(d, cause) {
  code <- ifelse(d$cause == cause, 1, ifelse(d$cause == "censored", 0, 2))
  x <- model.matrix(~ arm + I(stratum == sort(unique(stratum))[1]), d)[, -1, drop = FALSE]
  fit <- crr(d$time, code, x, gtol = 1e-13, maxiter = 100)
  list(coefficients = unname(fit$coef), covariance = unname(fit$var))
}

# ---- exposures ----------------------------------------------------------------------------------------------

cox <- function(fit) list(coefficients = unname(coef(fit)), covariance = unname(vcov(fit)), n = fit$n, events = fit$nevent)

exposures <- function(d) {
  long <- tmerge(d[, c("id", "arm", "stratum")], d, id = id, died = event(time, event), exposed = tdc(exposure))
  ever <- transform(d, ever = as.integer(!is.na(exposure) & exposure < time))
  makuch <- survfit(Surv(tstart, tstop, died) ~ exposed, long, conf.type = "log-log")
  landmark <- function(day) {
    kept <- d[d$days > day, ]
    kept$by <- as.integer(!is.na(kept$exposure_day) & kept$exposure_day <= day)
    rank <- survdiff(Surv(time - day / month, event) ~ by, kept)
    c(cox(coxph(Surv(time - day / month, event) ~ by, kept, control = exact)), logrank = rank$chisq,
      list(kept = nrow(kept), exposed = sum(kept$by), events_before = sum(d$event[d$days <= day]),
           censored_before = sum(1 - d$event[d$days <= day])))
  }
  list(
    time_dependent = cox(coxph(Surv(tstart, tstop, died) ~ exposed, long, control = exact)),
    adjusted = if (all(tapply(d$event, d$arm, sum) > 0))
      cox(coxph(Surv(tstart, tstop, died) ~ exposed + arm, long, control = exact)),
    ever_never = cox(coxph(Surv(time, event) ~ ever, ever, control = exact)),
    stratified = cox(coxph(Surv(tstart, tstop, died) ~ exposed + strata(stratum), long, control = exact)),
    mantel_byar = coxph(Surv(tstart, tstop, died) ~ exposed, long, ties = "exact")$score,
    simon_makuch = list(not_exposed = curve(makuch[1]), exposed = curve(makuch[2])),
    landmark = setNames(lapply(landmarks, landmark), landmarks),
    censored_at_exposure = {
      cut <- transform(d, event = ifelse(ever$ever == 1, 0L, event), time = ifelse(ever$ever == 1, exposure, time))
      curve(survfit(Surv(time, event) ~ 1, cut, conf.type = "log-log"))
    }
  )
}

# ---- all of it ----------------------------------------------------------------------------------------------

everything <- function(name, d) {
  found <- list(arms = lapply(split(d, d$arm), one_arm), all = one_arm(d))
  if (name == "half") return(found)
  found$logrank <- log_ranks(d)
  found$exposure <- exposures(d)
  if (any(d$cause == "relapse")) {
    causes <- setNames(c("relapse", "death without relapse"), c("relapse", "death without relapse"))
    causes <- causes[causes %in% d$cause]
    found$competing <- lapply(causes, function(cause) competing(d, cause))
    if (name %in% c("tied", "klein_lfs")) found$fine_gray <- lapply(causes, function(cause) fine_gray(d, cause))
  }
  found
}

data <- sets()
result <- Map(everything, names(data), data)
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."),
                 survival = as.character(packageVersion("survival")), cmprsk = as.character(packageVersion("cmprsk")))
write_json(c(list(versions = versions), result), "tests/reference/survival.json", digits = I(17), auto_unbox = TRUE,
           na = "null", null = "null")
