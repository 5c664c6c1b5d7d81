import re


class Report:
    def __init__(self, lines):
        self.lines = lines

    def summary(self, name):
        found = [line for line in self.lines if re.search(name, line)]
        errors = [line for line in found if "ERROR" in line]
        warnings = [line for line in found if "WARNING" in line]
        text = f"{len(errors)} errors, {len(warnings)} warnings"
        return f"{name}: {text}"
