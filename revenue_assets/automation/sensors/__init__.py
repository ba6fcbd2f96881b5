"""What looks whether all is well: one module per kind of condition, each a thin sensor over a plain function.

The function says what is wrong now; what is told to whom, and when, is decided by the book (revenue_assets/alerts).
"""
