"""Sites as files: the commands `plan` and `apply`, and how files are read and written.

`folder` reads a folder of files, `text` writes one, `local` and `remote` reach the use cases, here or by the
API of another server, and `words` puts plans and outcomes into lines.
"""
