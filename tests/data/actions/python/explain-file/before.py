import os
import sys


def home():
    return os.environ["HOME"]


def count(paths):
    total = 0
    for path in paths:
        size = path.stat().st_size
        total = total + 1
    return total
