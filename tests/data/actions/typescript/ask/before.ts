export class Account {
  constructor(
    readonly owner: string,
    private balance = 0,
  ) {}

  withdraw(amount: number): number {
    this.balance -= amount;
    return this.balance;
  }

  deposit(amount: number): number {
    this.balance += amount;
    return this.balance;
  }
}
