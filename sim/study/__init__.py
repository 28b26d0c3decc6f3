"""Many runs for one question, and what they leave behind."""
