"""`./run doctor`: what is wrong with an installation, check by check (`checks`), and what to do about it. It changes nothing."""
