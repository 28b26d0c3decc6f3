"""`python -m sim.cli` is the command `sliproad`."""

from sim.cli.commands import main

if __name__ == "__main__":
    main()
