"""The far end: an SMPP message centre, an HTTP carrier and a webhook sink in one process.

Default carrier of a fresh machine, sandbox, test double. `centre` decides and remembers without a
socket or a clock; `smpp_door` and `http_door` speak; nothing here needs Django or a database.
"""
