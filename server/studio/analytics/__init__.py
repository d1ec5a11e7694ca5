"""Figures, alarms and experiments as pages show them."""
