"""A job whose import takes long, as that of training does."""

import time

time.sleep(600)
