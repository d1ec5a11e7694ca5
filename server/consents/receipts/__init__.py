"""What proves a decision: its receipt, the standard forms of it, and the audit of stored records."""
