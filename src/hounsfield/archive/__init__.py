"""What becomes of studies once they are here: exports, de-identified copies, trash, retention, storage."""
