def spread(xs):
    lowest = min(xs)
    highest = max(xs)
    middle = (lowest + highest) / 2
    return [x - middle for x in xs]
