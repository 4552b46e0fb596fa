"""The endpoints, a module per group of them."""
