"""What is done with series as they arrive: conditions, actions, dry runs, and a record of what was done."""
