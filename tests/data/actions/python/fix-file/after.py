import os


def home():
    return os.environ["HOME"]


def count(paths):
    total = 0
    for path in paths:
        total = total + 1
    return total
