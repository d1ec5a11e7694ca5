"""Login and its second step, single sign-on, users and invitations, one's own account, and API tokens."""
