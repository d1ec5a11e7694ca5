"""A website with known violations, and its twin in which the same things wait for an answer."""
