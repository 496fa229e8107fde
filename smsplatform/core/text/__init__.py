"""What a message is made of: phone numbers, encodings, parts.

Plain Python, so that protocol code and the send door can use it without Django.
"""
