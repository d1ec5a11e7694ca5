"""Sites, their domains, and the banner document from draft to published version."""
