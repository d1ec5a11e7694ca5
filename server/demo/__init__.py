"""The demo shop and its stand-in third parties."""
