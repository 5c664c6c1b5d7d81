def common(left, right):
    found = []
    for one in left:
        for other in right:
            if one == other and one not in found:
                found.append(one)
    return found
