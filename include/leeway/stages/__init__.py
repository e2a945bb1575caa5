"""The verbs: one file and one public function each. A stage is a function of the spec, the window and what was known then."""
