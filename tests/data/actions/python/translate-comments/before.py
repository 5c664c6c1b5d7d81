def due(invoice, today):
    # Rechnungen ohne Datum sind sofort fällig.
    if invoice.date is None:
        return True
    return invoice.date < today  # TODO: Feiertage berücksichtigen
