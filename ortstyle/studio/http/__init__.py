"""The studio over HTTP: its server, its operations and their document, its files and answers.

What an operation does stands in the rooms beside this one.
"""
