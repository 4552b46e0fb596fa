"""How what is derived is kept up to date at the cost of what is new."""
