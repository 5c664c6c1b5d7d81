RATE = 3


def status(paid, due):
    if paid:
        return "paid"
    if due:
        return "late"
    return "open"


def area(width, height):
    return width * height
