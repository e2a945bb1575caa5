"""Where data comes from: files, databases, web addresses. Each reads one interval, against the declared schema, or fails."""
