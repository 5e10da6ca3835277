"""Who saw or changed what of which patient: append-only, hash-chained."""
