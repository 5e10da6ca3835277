"""What every room stands on and no domain lives in: clock, ids, errors, database, storage, jobs, outbox, settings."""
