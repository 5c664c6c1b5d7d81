class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance

    # Takes money out and gives the new balance. The balance may become negative: callers
    # who must not overdraw check it first.
    def withdraw(self, amount):
        self.balance -= amount
        return self.balance

    def deposit(self, amount):
        self.balance += amount
        return self.balance
