"""What the budgets are measured with. `make bench` prints every table."""
