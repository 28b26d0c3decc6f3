"""Numbers against numbers: differences, gaps, and what limits the courts."""
