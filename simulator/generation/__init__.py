"""A made-up account of realistic shape, with the oddities that have broken programs."""
