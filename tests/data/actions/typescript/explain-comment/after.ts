export class Account {
  constructor(
    readonly owner: string,
    private balance = 0,
  ) {}

  // Takes money out and gives the new balance. The balance may become negative.
  withdraw(amount: number): number {
    this.balance -= amount;
    return this.balance;
  }

  deposit(amount: number): number {
    this.balance += amount;
    return this.balance;
  }
}
