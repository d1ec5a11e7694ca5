"""People and programs that may enter: users, roles, login and API tokens."""
