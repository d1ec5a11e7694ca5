"""What observations show, held against what the website declares. Pure."""
