"""Messages to staff, and webhooks."""
