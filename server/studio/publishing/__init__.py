"""From a draft to a version: publishing, publications that wait, versions, and how states differ."""
