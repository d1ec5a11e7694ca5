"""Sites: new ones, the list and its bulk actions, groups, the overview of one, and its settings."""
