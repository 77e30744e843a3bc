# Reference values for tables, regression models and diagnostics -> tests/reference/models.json
suppressMessages({
  library(survival)
  library(cmprsk)
  library(jsonlite)
})
month <- 30.4375
exact <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 100)
tight <- glm.control(epsilon = 1e-14, maxit = 100)

# ---- 2x2 and r x c tables: rows treated and control, columns with and without the outcome ---------------------

tables <- list(
  published = c(12, 2, 11, 10), balanced = c(30, 20, 22, 28), zero = c(0, 9, 4, 12), all = c(7, 0, 5, 6),
  large = c(180, 220, 140, 260), tiny = c(2, 1, 1, 2)
)

# fisher.test solves for the odds ratio and its limits to four digits only: the same equations, solved to the end.
conditional <- function(x) {
  n1 <- x[1] + x[2]; n2 <- x[3] + x[4]; yes <- x[1] + x[3]
  support <- max(0, yes - n2):min(n1, yes)
  chance <- function(beta) {
    logs <- dhyper(support, n1, n2, yes, log = TRUE) + beta * support
    exp(logs - max(logs)) / sum(exp(logs - max(logs)))
  }
  root <- function(f) exp(uniroot(f, c(-30, 30), tol = 1e-15)$root)
  list(
    estimate = if (x[1] == min(support)) 0 else if (x[1] == max(support)) Inf else
      root(function(b) sum(support * chance(b)) - x[1]),
    low = if (x[1] == min(support)) 0 else root(function(b) sum(chance(b)[support >= x[1]]) - 0.025),
    high = if (x[1] == max(support)) Inf else root(function(b) sum(chance(b)[support <= x[1]]) - 0.025),
    fisher_test = as.numeric(fisher.test(matrix(x, 2, byrow = TRUE))$conf.int)
  )
}

two_by_two <- function(x) {
  m <- matrix(x, 2, byrow = TRUE)
  two <- fisher.test(m)
  pearson <- suppressWarnings(chisq.test(m, correct = FALSE))
  expected <- pearson$expected
  g <- 2 * sum(ifelse(m > 0, m * log(m / expected), 0))
  statistic <- unname(pearson$statistic)
  list(
    counts = x, fisher = two$p.value, one_sided = fisher.test(m, alternative = "greater")$p.value,
    conditional = conditional(x), pearson = pearson$p.value,
    yates = suppressWarnings(chisq.test(m))$p.value, g = pchisq(g, 1, lower.tail = FALSE),
    n_minus_one = pchisq(statistic * (sum(m) - 1) / sum(m), 1, lower.tail = FALSE),
    clopper_pearson = as.numeric(binom.test(x[1], x[1] + x[2])$conf.int),
    wilson = as.numeric(suppressWarnings(prop.test(x[1], x[1] + x[2], correct = FALSE))$conf.int)
  )
}

arms <- list(
  published = rbind(c(10, 8), c(12, 2), c(1, 2)), square = rbind(c(5, 6, 7), c(8, 1, 4), c(3, 3, 9)),
  sparse = rbind(c(4, 0, 0), c(1, 3, 0), c(0, 2, 3))
)
r_by_c <- function(m) {
  test <- suppressWarnings(chisq.test(m, correct = FALSE))
  list(counts = m, exact = fisher.test(m, workspace = 2e7)$p.value, pearson = test$p.value)
}

# ---- data sets: months, event, cause, y and a matrix of terms with the covariate each belongs to ---------------

small <- function(name) {
  d <- read.csv(file.path("tests/reference/sets", paste0(name, ".csv")))
  arm <- factor(d$arm, levels = unique(sort(as.character(d$arm))))
  x <- cbind(model.matrix(~arm)[, -1, drop = FALSE], y = as.numeric(d$stratum == "y"))
  list(time = d$days / month, cause = d$cause, x = x, owner = c(rep("Arm", nlevels(arm) - 1), "Stratum"),
       strata = d$stratum)
}

klein <- function() {
  d <- read.csv("data/klein_bmt/patients.csv")
  x <- cbind(low = d$group == 2, high = d$group == 3, male = d$z3, age = d$z1 / 10, mtx = d$z10)
  list(time = d$t2 / month, x = x, owner = c("Group", "Group", "Male", "Age", "MTX"), strata = d$z9,
       cause = ifelse(d$d2 == 1, "relapse", ifelse(d$d1 == 1, "death without relapse", "censored")))
}

second_cart <- function() {
  d <- read.csv("data/second_cart/patients.csv", na.strings = "")
  d <- d[d$response %in% c("cr", "crh", "cri"), ]
  x <- cbind(tandem = d$arm == "tandem", risk = d$high_risk_genetics == "yes", dac = d$lymphodepletion == "dac_fc")
  list(time = pmin(d$relapse_day, d$death_day, d$last_contact_day, na.rm = TRUE) / month, x = x,
       owner = c("Arm", "Risk", "Lymphodepletion"), strata = d$lymphodepletion,
       cause = ifelse(!is.na(d$relapse_day), "relapse", ifelse(!is.na(d$death_day), "death without relapse", "censored")))
}

# ---- Cox models ----------------------------------------------------------------------------------------------

described <- function(fit) list(coef = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))))

ph_tests <- function(s, x, strata) {
  parts <- lapply(split(seq_along(s$owner), factor(s$owner, unique(s$owner))), function(j) x[, j, drop = FALSE])
  terms <- paste0("parts[[", seq_along(parts), "]]", collapse = " + ")
  more <- if (strata) "+ strata(s$strata)" else ""
  fit <- coxph(as.formula(paste("Surv(s$time, s$cause != 'censored') ~", terms, more)), control = exact)
  test <- cox.zph(fit)$table
  list(names = c(names(parts), "Global"), chisq = unname(test[, 1]), p = unname(test[, 3]))
}

left_out <- function(s, x) {
  event <- s$cause != "censored"
  ratios <- t(sapply(seq_along(event), function(i) {
    exp(coef(coxph(Surv(s$time[-i], event[-i]) ~ x[-i, ], control = exact)))
  }))
  list(lowest = apply(ratios, 2, min), highest = apply(ratios, 2, max))
}

# With `skip` the set has a term without a finite estimate: R stops on the way, and only the other terms compare.
survival_models <- function(s, skip = FALSE) {
  x <- s$x * 1
  event <- s$cause != "censored"
  fit <- coxph(Surv(s$time, event) ~ x, control = exact)
  out <- list(cox = described(fit))
  out$stratified <- described(coxph(Surv(s$time, event) ~ x + strata(s$strata), control = exact))
  out$relapse <- described(coxph(Surv(s$time, s$cause == "relapse") ~ x, control = exact))
  if (skip) return(out)
  fg <- crr(s$time, match(s$cause, c("censored", "relapse", "death without relapse")) - 1, x, maxiter = 50, gtol = 1e-12)
  out$fine_gray <- list(coef = unname(fg$coef), se = sqrt(diag(fg$var)))
  out$breslow <- described(coxph(Surv(s$time, event) ~ x, ties = "breslow", control = exact))
  out$concordance <- unname(concordance(fit)$concordance)
  out$zph <- ph_tests(s, x, FALSE)
  out$zph_stratified <- ph_tests(s, x, TRUE)
  out$left_out <- left_out(s, x)
  out
}

# ---- logistic models: the limits are roots of the profile deviance, as confint() but without its spline --------

profile_limits <- function(y, x, j, fit, which = c(-1, 1)) {
  excess <- function(b) {
    held <- glm(y ~ x[, -j, drop = FALSE], offset = b * x[, j], family = binomial, control = tight)
    held$deviance - fit$deviance - qchisq(0.95, 1)
  }
  centre <- coef(fit)[[j + 1]]
  se <- sqrt(diag(vcov(fit)))[[j + 1]]
  sapply(which, function(side) {
    uniroot(excess, sort(c(centre, centre + side * 8 * se)), tol = 1e-13)$root
  })
}

logistic_models <- function(y, x) {
  x <- x * 1
  fit <- glm(y ~ x, family = binomial, control = tight)
  p <- sapply(seq_len(ncol(x)), function(j) {
    held <- glm(y ~ x[, -j, drop = FALSE], family = binomial, control = tight)
    pchisq(held$deviance - fit$deviance, 1, lower.tail = FALSE)
  })
  limits <- t(sapply(seq_len(ncol(x)), function(j) profile_limits(y, x, j, fit)))
  list(coef = unname(coef(fit))[-1], se = unname(sqrt(diag(vcov(fit))))[-1], p = p, limits = limits)
}

interaction <- function(y, g, s) {
  small <- glm(y ~ g + s, family = binomial, control = tight)
  full <- glm(y ~ g * s, family = binomial, control = tight)
  pchisq(small$deviance - full$deviance, small$df.residual - full$df.residual, lower.tail = FALSE)
}

separated <- function() {
  d <- read.csv("tests/reference/sets/separated.csv")
  fit <- suppressWarnings(glm(y ~ a + b + z, data = d, family = binomial, control = tight))
  list(coef = unname(coef(fit))[-1], se = unname(sqrt(diag(vcov(fit))))[-1])
}

# ---- all of it ------------------------------------------------------------------------------------------------

k <- klein()
relapsed <- k$cause == "relapse"
planning <- list(
  n_equal = power.prop.test(p1 = 0.857, p2 = 0.524, power = 0.8, tol = 1e-14)$n,
  power_equal = power.prop.test(n = 40, p1 = 0.7, p2 = 0.45)$power,
  holm = p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), "holm")
)
result <- list(
  tables = lapply(tables, two_by_two), arms = lapply(arms, r_by_c), planning = planning,
  logistic = list(klein = logistic_models(relapsed, k$x), separated = separated()),
  interaction = list(group = interaction(relapsed, k$x[, "mtx"], factor(read.csv("data/klein_bmt/patients.csv")$group)),
                     male = interaction(relapsed, k$x[, "mtx"], k$x[, "male"])),
  survival = list(
    klein = survival_models(k), tied = survival_models(small("tied")), censored = survival_models(small("censored")),
    quiet_arm = survival_models(small("quiet_arm"), skip = TRUE)
  )
)
if (file.exists("data/second_cart/patients.csv")) {
  result$survival$second_cart <- survival_models(second_cart())
}
write_json(result, "tests/reference/models.json", digits = I(17), auto_unbox = TRUE, na = "null", pretty = TRUE)
