"""What every test starts with: no store, so that nothing is answered from what an earlier test computed."""

import os

os.environ["SLIPROAD_STORE"] = ""
