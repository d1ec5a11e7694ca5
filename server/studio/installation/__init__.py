"""The script on a website: instructions for each platform, links for developers, and what the check found."""
