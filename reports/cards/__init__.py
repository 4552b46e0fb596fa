"""Share cards: a month, a year, a top ten, an artist as a picture, drawn with Pillow."""
