"""What may be asked, and why we believe it: levers, files that set them, and the evidence behind them."""
