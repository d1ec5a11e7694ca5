"""People and programs that may enter: users, roles, login and API tokens; and the log of what they did.

Owns the tables `user_account`, `user_site`, `user_group`, `publishers_only`, `invitation`,
`invitation_site`, `invitation_group`, `password_reset`, `deferred_task`, `message_choice`, `user_session`,
`authenticator_app`, `passkey`, `used_challenge`, `recovery_code`, `pending_login`, `external_identity`,
`sign_on`, `used_logout_token`, `api_token`, `api_token_site`, `trail_entry`, `trail_head`, `audit_delivery`,
`login_attempt` and `owner_token`, and the stored heads of the audit log in the data folder. It reads
`site_group_member`, which `sites` owns. Others enter by `service` and `values`: every edge that changes
something records an event.
"""

__all__: list[str] = []
