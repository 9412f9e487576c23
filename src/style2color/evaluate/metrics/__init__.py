"""Measures of a painted picture. One file per kind; nothing here reads or writes files of its own.

Unless said otherwise a measure takes two batches, uint8 RGB `(B, H, W, 3)` of equal shape (one
picture `(H, W, 3)` counts as a batch of one), and returns float64 `(B,)`, one value per picture.
`UsageError` says which shapes do not fit.
"""
