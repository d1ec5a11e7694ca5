"""Running the product: commands, web server, worker, health and metrics."""
