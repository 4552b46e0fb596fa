"""Selected tracks become a list: order, caps, limits. Pure Python, the same result for the same input."""
