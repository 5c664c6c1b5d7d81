def names_of(users):
    return [user.name for user in users if user.active == True and user.name is not None]
