from pathlib import Path
import logging


def settings(path):
    try:
        text = Path(path).read_text()
    except FileNotFoundError:
        logging.info("There are no settings in %s", path)
        return {}
    return dict(line.split("=", 1) for line in text.splitlines())
