"""What knows nothing of ours: dates, luck, statistics and words."""
