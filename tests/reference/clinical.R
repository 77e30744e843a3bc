# Rank tests and exact intervals of the clinical reports, on the published cohort. Run from the project's root:
# Rscript tests/reference/clinical.R > tests/reference/clinical.json
library(jsonlite)
bmt <- read.csv("data/klein_bmt/patients.csv")
aml <- bmt[bmt$group > 1, ]
limits <- function(x, n) as.numeric(binom.test(x, n)$conf.int)
untied <- list(c(1.1, 2.2, 3.3, 4.7), c(2.5, 5.1, 6.2, 7.9, 8.8))
out <- list(
  wilcoxon_tied = wilcox.test(z1 ~ group, data = aml, exact = FALSE)$p.value,
  wilcoxon_exact = wilcox.test(untied[[1]], untied[[2]])$p.value,
  kruskal = kruskal.test(z1 ~ group, data = bmt)$p.value,
  fisher = fisher.test(table(bmt$group, bmt$z10))$p.value,
  fisher_two = fisher.test(table(aml$group, aml$z8))$p.value,
  fisher_two_ratio = as.numeric(fisher.test(table(aml$group, aml$z8))$estimate),
  binomial = list(limits(0, 7), limits(3, 7), limits(7, 7), limits(1, 120))
)
cat(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "\n")
