"""sliproad: what diverting people from prosecution does to court backlogs and to reoffending."""

__version__ = "0.1.0"
