"""Tables printed from estimates."""
