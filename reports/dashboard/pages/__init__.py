"""One module per page: it reads the page's figures, and gives them to the template of its name."""
