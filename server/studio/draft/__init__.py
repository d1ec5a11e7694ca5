"""The draft of a site in forms and words: pure rules, which know no request and no database."""
