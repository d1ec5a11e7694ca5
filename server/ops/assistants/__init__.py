"""What assistants may ask about sites, over the Model Context Protocol: `samtykke mcp`.

`callers` says in whose name, `reading` and `editing` what there is to ask, `draft_edits` how single values
of a draft are changed, and `serving` speaks the protocol. Nothing here publishes or knows single visitors.
"""
