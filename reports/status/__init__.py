"""`./run status`: how things stand, read once (`facts`), and shown as text or as JSON."""
