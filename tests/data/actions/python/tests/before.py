RATE = 3


def status(paid, due):
    if paid:
        return "paid"
    else:
        if due:
            return "late"
        else:
            return "open"


def area(width, height):
    return width * height
