import os


def report(folder, names):
    path = os.path.join(folder, "report.txt")
    with open(path, "w") as file:
        file.write("%d names in %s" % (len(names), folder))
