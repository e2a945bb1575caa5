"""What a table looked like, in a few kilobytes that add up: days to weeks, weeks to a training history."""
