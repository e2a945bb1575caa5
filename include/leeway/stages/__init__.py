"""The verbs, a file each. A stage is a function of the spec, the window and what was known then."""
