"""Prints the lines of a file over and over, 40 a second; it runs in a pod without our packages."""

import itertools
import sys
import time
from pathlib import Path

TOGETHER = 20
PAUSE = 0.5
"""Seconds after each `TOGETHER` lines."""

for number, line in enumerate(itertools.cycle(Path(sys.argv[1]).read_text().splitlines()), start=1):
    print(line, flush=number % TOGETHER == 0)
    if number % TOGETHER == 0:
        time.sleep(PAUSE)
