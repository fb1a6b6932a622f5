"""Reading untrusted files: what all readers share."""
