def common(left, right):
    wanted = set(right)
    # A dict keeps the order in which they were found.
    return list(dict.fromkeys(one for one in left if one in wanted))
