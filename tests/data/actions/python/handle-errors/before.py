from pathlib import Path


def settings(path):
    text = Path(path).read_text()
    return dict(line.split("=", 1) for line in text.splitlines())
