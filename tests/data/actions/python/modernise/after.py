import os
from pathlib import Path


def report(folder, names):
    (Path(folder) / "report.txt").write_text(f"{len(names)} names in {folder}")
