"""What happens by itself when images have arrived: order, notify, forward, de-identify."""
