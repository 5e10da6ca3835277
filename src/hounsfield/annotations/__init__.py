"""What people and algorithms say about images: measurements, key images, overlays, and views drawn by the server."""
