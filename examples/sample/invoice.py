"""Invoices of a small sawmill, kept as plain text files, one per invoice.

A file looks like this:

    Invoice: 2024-017
    Customer: Brandt & Sons
    Date: 2024-03-14
    Days: 14
    Item: Oak planks, planed; 12; 18.50; 19
    Item: Delivery; 1; 35.00; 19
    Paid: 2024-03-20; 100.00

An item is a text, a quantity, a price for one in euros and a VAT rate in percent. Lines that begin with `#` are notes
to ourselves. Amounts are Decimals, for a cent too many is a letter from the tax office.
"""

import datetime
import sys
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

CENT = Decimal("0.01")
DEFAULT_DAYS = 14
RATES = (Decimal(0), Decimal(7), Decimal(19))


class InvoiceError(Exception):
    """A line of an invoice file that cannot be right."""

    def __init__(self, line, message):
        super().__init__("line %s: %s" % (line, message))
        self.line = line
        self.message = message


class Item:
    """One position of an invoice."""

    def __init__(self, text, quantity, price, rate):
        self.text = text
        self.quantity = quantity
        self.price = price
        self.rate = rate

    def net(self):
        return cents(self.quantity * self.price)

    def __repr__(self):
        return "Item(%r, %r, %r, %r)" % (self.text, self.quantity, self.price, self.rate)


class Payment:
    """Money that came in."""

    def __init__(self, date, amount):
        self.date = date
        self.amount = amount


class Invoice:
    """What is written in one file, in the order it is written in."""

    def __init__(self, number=None, customer=None, date=None, days=DEFAULT_DAYS):
        self.number = number
        self.customer = customer
        self.date = date
        self.days = days
        self.items = []
        self.payments = []

    def due(self):
        """The last day on which it can be paid without a reminder."""
        return self.date + datetime.timedelta(days=self.days)

    def net(self):
        return sum((item.net() for item in self.items), Decimal(0))

    def vat(self):
        """The VAT to pay by rate. It is rounded once per rate, as the law wants it, not once per item."""
        sums = {}
        for item in self.items:
            if item.rate in sums:
                sums[item.rate] = sums[item.rate] + item.net()
            else:
                sums[item.rate] = item.net()
        return {rate: cents(sums[rate] * rate / 100) for rate in sorted(sums)}

    def total(self):
        return self.net() + sum(self.vat().values(), Decimal(0))

    def paid(self):
        return sum((payment.amount for payment in self.payments), Decimal(0))

    def open(self):
        """What is still to be paid; less than zero if too much came in."""
        return self.total() - self.paid()


def cents(amount):
    """The amount rounded to whole cents, half a cent up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def parse_amount(text, line):
    """A number with a point or a comma: `18.50`, `18,50`, `1 200`."""
    cleaned = text.strip().replace(" ", "").replace(",", ".")
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        raise InvoiceError(line, "%r is not an amount" % (text,)) from None
    if amount.is_finite():
        return amount
    else:
        raise InvoiceError(line, "%r is not an amount" % (text,))


def parse_date(text, line):
    """A date as in 2024-03-14, or the German way, 14.03.2024."""
    text = text.strip()
    try:
        if "." in text:
            day, month, year = text.split(".")
            return datetime.date(int(year), int(month), int(day))
        else:
            return datetime.date.fromisoformat(text)
    except ValueError:
        raise InvoiceError(line, "%r is not a date" % (text,)) from None


def parse_item(text, line):
    parts = [part.strip() for part in text.split(";")]
    if len(parts) != 4:
        found = len(parts)
        raise InvoiceError(line, "an item has 4 parts, this one has %s" % (found,))
    quantity = parse_amount(parts[1], line)
    price = parse_amount(parts[2], line)
    rate = parse_amount(parts[3], line)
    if rate not in RATES:
        raise InvoiceError(line, "there is no VAT rate of %s %%" % (rate,))
    if quantity <= 0:
        raise InvoiceError(line, "the quantity must be more than 0")
    return Item(parts[0], quantity, price, rate)


def parse_payment(text, line):
    date, semicolon, amount = text.partition(";")
    if not semicolon:
        raise InvoiceError(line, "a payment is a date and an amount")
    return Payment(parse_date(date, line), parse_amount(amount, line))


def parse_invoice(text):
    """The invoice written in `text`. Raises InvoiceError for the first line that is wrong."""
    invoice = Invoice()
    line = 0
    for raw in text.splitlines():
        line += 1
        stripped = raw.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, colon, value = stripped.partition(":")
        name = name.strip().lower()
        value = value.strip()
        if not colon:
            raise InvoiceError(line, "there is no colon")
        if name == "invoice":
            invoice.number = value
        elif name == "customer":
            invoice.customer = value
        elif name == "date":
            invoice.date = parse_date(value, line)
        elif name == "days":
            if not value.isdigit():
                raise InvoiceError(line, "%r is not a number of days" % (value,))
            invoice.days = int(value)
        elif name == "item":
            invoice.items.append(parse_item(value, line))
        elif name == "paid":
            invoice.payments.append(parse_payment(value, line))
        else:
            raise InvoiceError(line, "nobody knows what %r means" % (name,))
    for field in ("number", "customer", "date"):
        if getattr(invoice, field) == None:
            raise InvoiceError(line, "the %s is missing" % (field,))
    return invoice


def format_amount(amount):
    """An amount as it is printed: `1 234.50`, and a dash where there is none."""
    if amount == None:
        return "-"
    else:
        return "{:,.2f}".format(amount).replace(",", " ")


def status(invoice, today):
    """In which of our five folders the invoice belongs today."""
    if invoice.open() < 0:
        return "overpaid"
    elif invoice.open() == 0:
        return "paid"
    else:
        if today <= invoice.due():
            return "open"
        else:
            if today <= invoice.due() + datetime.timedelta(days=30):
                return "late"
            else:
                return "lawyer"


def reminder(invoice, today):
    late = (today - invoice.due()).days
    amount = format_amount(invoice.open())
    customer = invoice.customer
    number = invoice.number
    if invoice.open() <= 0 or late <= 0:
        return None
    else:
        if customer == None:
            greeting = "Dear customer,"
        else:
            greeting = "Dear {},".format(customer)
        if late <= 14:
            # Most people have only forgotten it.
            body = "may we remind you of invoice %s over %s EUR?" % (number, amount)
        elif late <= 30:
            body = "invoice %s over %s EUR is %s days late. Please pay it now." % (number, amount, late)
        else:
            body = """invoice %s over %s EUR is %s days late.

We have written to you twice. If the money is not here in a week, our lawyer
will write the next letter.""" % (number, amount, late)
        return "%s\n\n%s\n" % (greeting, body)


def summary(invoice):
    """The invoice as we print it."""
    lines = ["Invoice {0} for {1}, {2}".format(invoice.number, invoice.customer, invoice.date)]
    for item in invoice.items:
        lines.append("  %-30s %8s x %10s" % (item.text, item.quantity, format_amount(item.price)))
    lines.append("  %-30s %21s" % ("net", format_amount(invoice.net())))
    for rate, vat in invoice.vat().items():
        lines.append("  %-30s %21s" % ("VAT %s %%" % (rate,), format_amount(vat)))
    lines.append("  %-30s %21s" % ("total", format_amount(invoice.total())))
    if invoice.payments:
        lines.append("  %-30s %21s" % ("still open", format_amount(invoice.open())))
    return "\n".join(lines) + "\n"


def read_folder(folder):
    """The invoices of all `.txt` files in `folder`, and a message for each file that is wrong."""
    invoices = []
    problems = []
    for path in sorted(Path(folder).glob("*.txt")):
        try:
            invoices.append(parse_invoice(path.read_text("utf-8")))
        except InvoiceError as error:
            problems.append("{}, {}".format(path, error))
    return invoices, problems


def main(arguments):
    if len(arguments) != 1:
        print("usage: invoice.py FOLDER", file=sys.stderr)
        return 2
    else:
        today = datetime.date.today()
        invoices, problems = read_folder(arguments[0])
        for invoice in invoices:
            print(summary(invoice))
            letter = reminder(invoice, today)
            if letter:
                print(letter)
        for problem in problems:
            print(problem, file=sys.stderr)
        if problems:
            return 1
        else:
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
