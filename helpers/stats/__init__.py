"""Statistics: pure functions of tables, each returning rows of the one table of estimates."""
