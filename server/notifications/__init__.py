"""Messages to staff, programs and visitors: the outbox, webhook endpoints, delivery by webhook and e-mail.

Owns the tables `notification`, `notification_sequence`, `notification_delivery`, `inbox_message` and
`webhook_endpoint`. It knows neither users nor sites: the caller hands over the recipients. Others enter by
`service` and `values`, and by `texts` for the languages of messages.
"""

__all__ = ["texts"]
