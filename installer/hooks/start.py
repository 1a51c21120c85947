"""What both frozen programs run."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # first: libraries start helper processes
    from satstudio.__main__ import main

    sys.exit(main())
