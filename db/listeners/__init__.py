"""What `./run users` does with a listener."""
