"""What was recognised when: writing it down, and giving it out.

Modules
-------
recorder : `History`, which takes recognitions
export : the history as JSON and CSV
"""
