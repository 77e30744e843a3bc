# Random-effects meta-analysis written out by hand (base R) -> tests/reference/centres.json
# Rscript tests/reference/centres.R > tests/reference/centres.json
# BCG vaccine against tuberculosis, 13 trials (Colditz and others, JAMA 1994;271:698): cases and all, vaccinated and not.
cases <- c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27)
treated <- c(123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913)
cases0 <- c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29)
control <- c(139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854)

ratios <- function() {
  list(effect = log((cases / treated) / (cases0 / control)), variance = 1 / cases - 1 / treated + 1 / cases0 - 1 / control)
}
logits <- function(events, n) {
  events <- ifelse(events == 0 | events == n, events + 0.5, events)
  n <- ifelse(events %% 1 == 0.5, n + 1, n)
  list(effect = log(events / (n - events)), variance = 1 / events + 1 / (n - events))
}
pool <- function(data) {
  y <- data$effect; v <- data$variance; df <- length(y) - 1
  q_at <- function(tau2) { w <- 1 / (v + tau2); sum(w * (y - sum(w * y) / sum(w))^2) }
  tau2 <- if (q_at(0) <= df) 0 else uniroot(function(x) q_at(x) - df, c(0, 100), tol = 1e-14)$root
  w <- 1 / (v + tau2); mean <- sum(w * y) / sum(w)
  variance <- max(1, q_at(tau2) / df) / sum(w)
  reach <- qt(0.975, df) * sqrt(variance); further <- qt(0.975, df) * sqrt(variance + tau2)
  c(mean = mean, low = mean - reach, high = mean + reach, further_low = mean - further, further_high = mean + further,
    tau2 = tau2, q = q_at(0), p = pchisq(q_at(0), df, lower.tail = FALSE), share = max(0, 1 - df / q_at(0)))
}
limits <- function(middle, n, tail) { # Spiegelhalter 2005, A.1.1: the binomial quantile between its steps
  low <- function(p) { r <- qbinom(tail, n, p); (r - (pbinom(r, n, p) - tail) / dbinom(r, n, p)) / n }
  c(low = max(0, low(middle)), high = min(1, 1 - low(1 - middle)))
}
as_json <- function(x) paste0("{", paste(sprintf("\"%s\": %.15g", names(x), x), collapse = ", "), "}")
small <- list(events = c(0, 3, 7, 10, 12, 9), n = c(8, 14, 15, 30, 12, 21))
alike <- list(events = c(10, 20, 31), n = c(20, 40, 60))
results <- list(bcg = pool(ratios()), shares = pool(logits(small$events, small$n)),
                alike = pool(logits(alike$events, alike$n)))
for (n in c(1, 8, 30, 250)) for (tail in c(0.025, 0.001)) {
  results[[sprintf("limits_%d_%g", n, tail)]] <- limits(0.46, n, tail)
}
cat("{\n", paste(sprintf(" \"%s\": %s", names(results), sapply(results, as_json)), collapse = ",\n"), "\n}\n", sep = "")
