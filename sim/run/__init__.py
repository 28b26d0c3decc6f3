"""Runs: one seed of one scenario, or many jobs at once."""
