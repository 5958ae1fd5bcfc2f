"""Know your medical data before you train."""
