"""The one script per site: static bundle plus published configuration."""
