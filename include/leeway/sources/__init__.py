"""Where data comes from: files, databases, web addresses. Each reads an interval as declared, or fails."""
