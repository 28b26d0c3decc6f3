"""What the fork server loads last before workers are copied from it; imported nowhere else.

A worker that was just being started when its parent was interrupted has nothing to come up for:
what it says about that is for debugging only.
"""

import gc
import os
import sys

import holidays
import scipy.interpolate

__all__ = ["scipy"]

holidays.country_holidays("GB")  # loads what sim.base.clock will ask of it
gc.freeze()  # what is loaded stays: a worker need not look through it after every replication

if not os.environ.get("SLIPROAD_DEBUG"):
    sys.excepthook = lambda *fault: None
