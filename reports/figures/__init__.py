"""The figures of the site for other places than its pages: a terminal (`./run stats`) and pictures (`./run share`)."""
