"""The ways by which a message leaves: webhook and e-mail. They send one message, and store nothing."""
