"""SMPP 3.4: `pdu` and `receipts` know bytes, `session` the conversation, the rest the socket."""
