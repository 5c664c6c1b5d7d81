import datetime
from decimal import Decimal

import pytest

from invoice import (
    InvoiceError,
    format_amount,
    main,
    parse_amount,
    parse_date,
    parse_invoice,
    reminder,
    status,
    summary,
)

TEXT = """\
# Came in by telephone.
Invoice: 2024-017
Customer: Brandt & Sons
Date: 2024-03-14

Item: Oak planks, planed; 12; 18.50; 19
Item: Firewood; 2,5; 60; 7
Item: Delivery; 1; 35.00; 19
"""


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture
def invoice():
    return parse_invoice(TEXT)


def test_totals(invoice):
    assert invoice.net() == Decimal("407.00")
    assert invoice.vat() == {Decimal(7): Decimal("10.50"), Decimal(19): Decimal("48.83")}
    assert invoice.total() == Decimal("466.33")
    assert invoice.open() == invoice.total()


def test_vat_is_rounded_once_per_rate():
    items = "Item: Screw; 1; 0.03; 19\n" * 10
    invoice = parse_invoice("Invoice: 1\nCustomer: A\nDate: 2024-01-01\n" + items)
    assert invoice.vat() == {Decimal(19): Decimal("0.06")}


def test_amounts_and_dates():
    assert parse_amount("1 200,50", 1) == Decimal("1200.50")
    assert parse_date("14.03.2024", 1) == parse_date("2024-03-14", 1) == day("2024-03-14")
    assert format_amount(Decimal("1234.5")) == "1 234.50"
    assert format_amount(None) == "-"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Item: Planks; 1; 2", "line 9: an item has 4 parts, this one has 3"),
        ("Item: Planks; 1; 2; 16", "line 9: there is no VAT rate of 16 %"),
        ("Item: Planks; 0; 2; 19", "line 9: the quantity must be more than 0"),
        ("Item: Planks; one; 2; 19", "line 9: 'one' is not an amount"),
        ("Item: Planks; NaN; 2; 19", "line 9: 'NaN' is not an amount"),
        ("Date: yesterday", "line 9: 'yesterday' is not a date"),
        ("Days: soon", "line 9: 'soon' is not a number of days"),
        ("Paid: 2024-03-20", "line 9: a payment is a date and an amount"),
        ("Colour: red", "line 9: nobody knows what 'colour' means"),
        ("Planks", "line 9: there is no colon"),
    ],
)
def test_what_is_wrong_is_named(line, message):
    with pytest.raises(InvoiceError) as caught:
        parse_invoice(TEXT + line + "\n")
    assert str(caught.value) == message


def test_a_missing_field_is_named():
    with pytest.raises(InvoiceError, match="the customer is missing"):
        parse_invoice("Invoice: 1\nDate: 2024-01-01\n")


@pytest.mark.parametrize(
    ("paid", "today", "folder"),
    [
        ("0", "2024-03-28", "open"),
        ("0", "2024-03-29", "late"),
        ("0", "2024-04-27", "late"),
        ("0", "2024-04-28", "lawyer"),
        ("466.33", "2024-04-28", "paid"),
        ("500", "2024-03-20", "overpaid"),
    ],
)
def test_status(paid, today, folder):
    invoice = parse_invoice(TEXT + "Paid: 2024-03-20; " + paid)
    assert status(invoice, day(today)) == folder


def test_reminder(invoice):
    assert reminder(invoice, day("2024-03-28")) is None
    assert reminder(invoice, day("2024-03-29")) == (
        "Dear Brandt & Sons,\n\nmay we remind you of invoice 2024-017 over 466.33 EUR?\n"
    )
    assert "is 15 days late. Please pay it now." in reminder(invoice, day("2024-04-12"))
    assert reminder(invoice, day("2024-05-01")).endswith("will write the next letter.\n")


def test_summary(invoice):
    assert summary(invoice).splitlines()[0] == "Invoice 2024-017 for Brandt & Sons, 2024-03-14"
    assert summary(invoice).splitlines()[-1].split() == ["total", "466.33"]


def test_main(tmp_path, capsys):
    tmp_path.joinpath("a.txt").write_text(TEXT, "utf-8")
    assert main([str(tmp_path)]) == 0
    tmp_path.joinpath("b.txt").write_text("Planks\n", "utf-8")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith("b.txt, line 1: there is no colon\n")
    assert main([]) == 2
