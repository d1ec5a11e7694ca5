"""Setting up: the first owner of a server, and the five steps of a site."""
