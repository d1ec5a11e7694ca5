"""Which service a request or something stored belongs to, how sure that is and why. Pure."""
