"""The pages: each shows itself."""
