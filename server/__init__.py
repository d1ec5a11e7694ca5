"""Samtykke: a self-hosted cookie-consent platform."""
