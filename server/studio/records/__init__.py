"""Records: consents, requests of data subjects, processors, and the audit log."""
