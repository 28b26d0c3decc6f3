"""What is told: words, tables and charts, for the terminal, the screen and paper."""
