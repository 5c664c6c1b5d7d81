def due(invoice, today):
    # Invoices without a date are due at once.
    if invoice.date is None:
        return True
    return invoice.date < today  # TODO: take holidays into account
