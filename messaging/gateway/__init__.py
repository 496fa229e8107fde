"""The process that holds connections: SMPP binds, and customers' webhooks.

`desk` decides and writes, without a socket and without waiting for one; `bind`, `poster` and
`runtime` move bytes, without a decision.
"""
