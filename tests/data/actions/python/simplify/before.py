def names_of(users):
    result = []
    for user in users:
        if user.active == True:
            if user.name is not None:
                name = user.name
                result.append(name)
    return result
