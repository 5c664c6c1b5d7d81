import re


class Report:
    def __init__(self, lines):
        self.lines = lines

    def summary(self, name):
        found = [line for line in self.lines if re.search(name, line)]
        return f"{name}: {self._counted(found)}"

    def _counted(self, lines):
        errors = [line for line in lines if "ERROR" in line]
        warnings = [line for line in lines if "WARNING" in line]
        return f"{len(errors)} errors, {len(warnings)} warnings"
