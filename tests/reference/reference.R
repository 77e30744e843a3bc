# Recomputes every reference value the tests compare with. Run from the project's root: make reference
# Needs R with survival, cmprsk and jsonlite (from the system's packages). The tests read the JSON, not R.
for (part in c("survival", "models")) {
  script <- file.path("tests", "reference", paste0(part, ".R"))
  if (file.exists(script)) source(script, local = new.env())
}
