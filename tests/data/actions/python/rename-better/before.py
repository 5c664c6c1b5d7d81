def spread(xs):
    a = min(xs)
    b = max(xs)
    c = (a + b) / 2
    return [x - c for x in xs]
